/** Tags that a sqlcommenter wrote. */
import t from 'tap'
import { tagsOf } from '../../src/digest/tags.ts'

void t.test('keys and values are read as they were before their encoding', async (t) => {
  t.same(tagsOf("/*action='list',route='%2Forders%2F%3Cid%3E',traceparent='00-4bf9-00f0-01'*/"), {
    action: 'list',
    route: '/orders/<id>',
    traceparent: '00-4bf9-00f0-01',
  })
  t.same(tagsOf("/* db_driver='mysql2', name='it\\'s' */"), { db_driver: 'mysql2', name: "it's" })
  t.same(tagsOf("-- a='1'"), { a: '1' })
})

void t.test('what cannot be decoded stays as it is', async (t) => {
  t.same(tagsOf("/*a='100%'*/"), { a: '100%' })
})

void t.test('any other comment has no tags', async (t) => {
  for (const comment of [
    '/* who */',
    "/*a='1' b='2'*/",
    "/*a='1',*/x*/",
    "/*a='1",
    '/**/',
    "/*!40101 a='1'*/",
    '-- x',
  ]) {
    t.equal(tagsOf(comment), null, comment)
  }
})
