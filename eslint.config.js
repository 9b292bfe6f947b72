import js from '@eslint/js'
import { defineConfig } from 'eslint/config'
import tseslint from 'typescript-eslint'

/** Arrows go one way (ARCHITECTURE.md): who may not import what, and why. */
const fence = (files, ignores, patterns) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns }] },
})
const dbus = { group: ['dbus-next'], message: 'only stage1/systemd speaks D-Bus' }
const stage0 = { regex: '/stage0/', message: 'stage1 knows stage0 only as #schema' }
const stage1 = { regex: '/stage1/', message: 'stage0 hands over to stage1 by exec' }
const making = {
  regex: '/(prepare|fetch|render|image|aci)/',
  message: 'stage0/pod is about pods that exist: stage0/prepare makes them out of images',
}
const outside = {
  regex: '/(cli|trust|discovery|download|http|config)/',
  message: 'stage0/prepare gets images by stage0/fetch alone, and pods need no more',
}
const ground = { regex: '^\\.\\./', message: 'stage0/files is the ground floor: it imports #schema and #native alone' }
const io = { group: ['node:*', '#native', '../*'], message: 'the schema does no I/O and imports nothing else' }

export default defineConfig(
  { ignores: ['dist/', 'node_modules/', 'native/target/'] },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-console': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
    },
  },
  fence(['stage0/**/*.ts'], ['stage0/{schema,files,pod,prepare}/**'], [dbus, stage1]),
  fence(['stage0/pod/**/*.ts'], [], [dbus, stage1, making, outside]),
  fence(['stage0/prepare/**/*.ts'], [], [dbus, stage1, outside]),
  fence(['stage0/schema/**/*.ts'], [], [io, dbus, stage1]),
  fence(['stage0/files/**/*.ts'], [], [ground, dbus, stage1]),
  fence(['stage1/**/*.ts'], ['stage1/systemd/**'], [dbus, stage0]),
  fence(['stage1/systemd/**/*.ts'], [], [stage0]),
  {
    files: ['test/**/*.ts'],
    rules: {
      // node:test's test() and describe() return promises nobody waits for
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            {
              from: 'package',
              package: 'node:test',
              name: ['test', 'describe', 'it', 'before', 'after', 'beforeEach', 'afterEach'],
            },
          ],
        },
      ],
    },
  },
)
