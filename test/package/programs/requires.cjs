const withal = require('withal')

async function main() {
  const { smoke } = await import('./smoke.mjs')
  await smoke(withal)
  console.log('ok')
}

main().catch((error) => {
  console.error(error)
  process.exitCode = 1
})
