// In this project undici is not installed: entering a client says so, and importing the entry does not need it.

import { within } from 'withal'
import { httpClient, MissingClientError } from 'withal/http'

const error = await within(httpClient(), () => {}).catch((thrown) => thrown)
const isTold = error instanceof MissingClientError && error.message.includes('npm install undici')
console.log(isTold ? 'ok' : String(error))
