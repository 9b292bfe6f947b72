import type { Argv } from 'yargs'
import type { Config } from '../config/config.js'
import type { ConfigDirs } from '../config/config-dirs.js'
import type { InsecureOptions } from '../config/insecure-options.js'
import type { ShortOptions } from './short-options.js'

/** What every command gets beside its own options. */
export interface Context {
  /**
   * The absolute path of the data directory: `--dir`, else the path in paths.d, else the default.
   */
  readonly dataDir: string
  /** The directories of the configuration. */
  readonly configDirs: ConfigDirs
  /** Reads the configuration at the first call. Errors: CONFIG_INVALID. */
  readonly config: () => Promise<Config>
  /** The checks that `--insecure-options` switches off. */
  readonly insecure: InsecureOptions
  /** `--trust-keys-from-https`. */
  readonly trustKeysFromHTTPS: boolean
  readonly debug: boolean
  /** Writes one line for the operator to stderr, after `warning: `. */
  readonly warn: (message: string) => void
  /** Logs an action to stderr under `--debug`; does nothing otherwise. */
  readonly log: (message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/**
 * The result of a command. Only main.ts prints it: `value` as JSON under `--format=json`, else
 * `lines`.
 */
export interface Outcome {
  readonly value?: unknown
  /** Lines for stdout. */
  readonly lines?: readonly string[]
  /** Bytes for stdout, printed unchanged instead of lines. */
  readonly bytes?: Uint8Array
  /** Lines for stderr, printed unchanged, for commands whose messages are those of another tool. */
  readonly notes?: readonly string[]
  /** Exit status; 0 if absent. */
  readonly exit?: number
  /**
   * Failures of some of several targets, printed like errors after the lines. The exit status is
   * that of the first one.
   */
  readonly failures?: readonly unknown[]
}

/**
 * One command of the CLI: a file in cli/commands/ that exports it as `command`, and a row in
 * commands.ts.
 */
export interface Command<Options = Record<string, unknown>> {
  /** The usage in the form of yargs: `rm <pod..>`. */
  readonly usage: string
  readonly describe: string
  /** The command has machine-readable output (adds `--format`). */
  readonly listing?: boolean
  /** Long options may have a single dash (`-type=manifest`), as in actool. */
  readonly singleDash?: boolean
  /**
   * Options whose value may only follow `=`; without it (`--wait`) their value is the empty string.
   */
  readonly attached?: readonly string[]
  /**
   * Options that may be repeated: their value is a list. Of any other option the last one counts.
   */
  readonly repeatable?: readonly string[]
  /** The letters of short options. */
  readonly shorts?: ShortOptions
  /** The command works for every user; all others need root. */
  readonly unprivileged?: boolean
  readonly configure: (parser: Argv) => Argv<Options>
  readonly run: (options: Options, context: Context) => Promise<Outcome> | Outcome
}

/**
 * A command whose words yargs cannot parse (rkt's `run` grammar): it gets the words after its name
 * unchanged.
 */
export interface RawCommand {
  readonly usage: string
  readonly describe: string
  readonly help: () => string
  readonly unprivileged?: boolean
  /**
   * The caller has already removed the global options at the beginning of `words` (see globals.ts).
   */
  readonly runRaw: (words: readonly string[], context: Context) => Promise<Outcome>
}

/** One row of the table of commands (commands.ts). */
export interface Row {
  /** The words after the name, for the list of commands. */
  readonly synopsis: string
  readonly describe: string
  /** Imports the command's file, whose export `command` is a Command or a RawCommand. */
  readonly load: () => Promise<{ readonly command: unknown }>
}
