// linkinator, told to do less than linkcheck does: no fragments, no stylesheets, no other sites. Its results go nowhere.
import { LinkChecker } from 'linkinator'

const [url] = process.argv.slice(2)
const { origin } = new URL(url)
const checker = new LinkChecker()
let pages = 0
checker.on('pagestart', () => pages++)
await checker.check({ path: url, recurse: true, linksToSkip: async (link) => !link.startsWith(origin) })
console.log(pages)
