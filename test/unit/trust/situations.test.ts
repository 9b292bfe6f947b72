import { ALGORITHMS } from './situations/algorithms.js'
import { ARMOUR } from './situations/armour.js'
import { DATES } from './situations/dates.js'
import { FORMS } from './situations/forms.js'
import { IDENTITIES } from './situations/identities.js'
import { ISSUERS } from './situations/issuers.js'
import { judgeAll } from './situations/judge.js'
import { REVOCATIONS } from './situations/revocations.js'
import { REVOKED_ELSEWHERE } from './situations/revoked-elsewhere.js'
import { SCOPES } from './situations/scopes.js'

/** Our verdicts and those of the real gpg; where they differ, the row says why. */
const TABLES = {
  ALGORITHMS,
  ARMOUR,
  DATES,
  FORMS,
  IDENTITIES,
  ISSUERS,
  REVOCATIONS,
  REVOKED_ELSEWHERE,
  SCOPES,
}

for (const [subject, situations] of Object.entries(TABLES))
  judgeAll(subject.toLowerCase().replace('_', ' '), situations)
