export { plainReason } from '#schema/errors.js'
