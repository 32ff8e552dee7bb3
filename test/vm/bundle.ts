/**
 * The programs that run in machines, each as one file: an emulated processor takes half a minute to find and read the hundreds
 * that they are made of. In a machine they take the place of the built ones, with the same names.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const built = fileURLToPath(new URL('../../dist', import.meta.url))

/** Each looks for what lies beside it: none may take in a file of another folder that does so too. */
const programs = [
  'src/main',
  ...['machine-session', 'live-session', 'unix-session', 'client'].map((each) => `test/kernel/${each}`),
]

/** @returns the directory to copy over the build; it is laid out like it */
export async function bundlePrograms(): Promise<string> {
  const outdir = join(built, 'bundled')
  rmSync(outdir, { recursive: true, force: true })
  await build({
    entryPoints: programs.map((program) => join(built, `${program}.js`)),
    outbase: built,
    outdir,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'warning',
    // native parts find themselves by their place
    external: ['koffi', 'better-sqlite3'],
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  })
  return outdir
}
