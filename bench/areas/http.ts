/** HTTP: getting a little JSON, alone and many at once. */
import { getMany, getOne } from '../http/get-json.ts'
import type { Area } from '../rows.ts'

const http: Area = { rows: [getOne, getMany] }
export default http
