import * as withal from 'withal'
import { smoke } from './smoke.mjs'

await smoke(withal)
console.log('ok')
