import { execFile, spawnSync } from 'node:child_process'

/**
 * The reason why tests that compare with curl cannot run; false if they can (`scripts/setup tests`
 * installs it).
 */
export const NO_CURL: string | false =
  spawnSync('curl', ['--version']).status === 0 ? false : 'needs curl: scripts/setup tests'

/** The output of `curl -fsSL`, one character per byte, and its exit status. It uses no proxy. */
export const curl = (url: URL, words: readonly string[]): Promise<{ status: number; bytes: string }> =>
  new Promise((resolve) => {
    const all = ['-q', '-fsSL', '--max-time', '10', '--noproxy', '*', ...words, url.href]
    execFile('curl', all, { encoding: 'latin1' }, (error, bytes) =>
      resolve({ status: error === null ? 0 : Number(error.code), bytes }),
    )
  })
