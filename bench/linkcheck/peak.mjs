// Loaded before a contestant: tells, at its end, how much memory it has needed at most (MiB) and how long it has computed (milliseconds).
process.on('exit', () => {
  const { user, system } = process.cpuUsage()
  process.send?.({ memory: process.resourceUsage().maxRSS / 1024, computed: (user + system) / 1_000 })
})
