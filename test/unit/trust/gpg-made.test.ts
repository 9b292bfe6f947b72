import { after } from 'node:test'
import { needsGpg } from '../../helpers/pgp.js'
import { closeGpg, GPG_MADE } from './situations/gpg-made.js'
import { judgeAll } from './situations/judge.js'

after(closeGpg)

judgeAll('what gpg makes', GPG_MADE, needsGpg)
