import { execFile, spawnSync } from 'node:child_process'

/** Why no test can be run beside curl; false where it is there (scripts/setup tests installs it). */
export const NO_CURL: string | false =
  spawnSync('curl', ['--version']).status === 0 ? false : 'needs curl: scripts/setup tests'

/** What `curl -fsSL` gives, each byte a character, and its exit status. No proxy is asked. */
export const curl = (url: URL, words: readonly string[]): Promise<{ status: number; bytes: string }> =>
  new Promise((resolve) => {
    const all = ['-q', '-fsSL', '--max-time', '10', '--noproxy', '*', ...words, url.href]
    execFile('curl', all, { encoding: 'latin1' }, (error, bytes) =>
      resolve({ status: error === null ? 0 : Number(error.code), bytes }),
    )
  })
