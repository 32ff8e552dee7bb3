/** Shows what a full map forgets. */
import t from 'tap'
import { RecentlyUsed } from '../../src/kubernetes/recently-used.ts'

t.test('the entry that was not used for longest goes first', (t) => {
  const map = new RecentlyUsed<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  t.equal(map.get('a'), 1)
  map.set('c', 3)
  t.equal(map.get('b'), undefined)
  t.equal(map.get('a'), 1)
  t.equal(map.size, 2)
  map.set('a', 4)
  t.equal(map.get('a'), 4)
  map.delete('a')
  t.equal(map.get('a'), undefined)
  t.equal(map.size, 1)
  t.end()
})
