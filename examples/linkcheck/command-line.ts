/** What is said on the command line. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { formats } from './report/format.ts'
import { defaults } from './settings.ts'
import type { Settings } from './settings.ts'

/** The command line ends the program: it asked for help, or makes no sense. What there was to say has been written. */
export class CommandLineEnd extends Error {
  override readonly name = 'CommandLineEnd'
  readonly exitCode: number
  constructor(exitCode: number, cause: unknown) {
    super(`exit code ${exitCode}`, { cause })
    this.exitCode = exitCode
  }
}

const examples = `
Examples:
  linkcheck public/                          the pages of a folder, without a server
  linkcheck https://example.org              a website, and every link out of it
  linkcheck --no-external https://example.org
  linkcheck --format html --output report.html public/
  grep -o 'https://[^ )]*' README.md | linkcheck -
  linkcheck --resume https://example.org     after Ctrl-C, goes on where it was

Exit status:
  0  no link is broken
  1  some are
  2  the command line makes no sense, or there is nothing to be checked
  130, 143  interrupted by Ctrl-C or SIGTERM; what was checked is kept

In a folder, robots.txt is not looked at. On websites it holds for what is crawled, not for single links to other sites.`

/**
 * @param words  Without the program itself.
 * @throws CommandLineEnd  There is nothing more to do.
 */
export function readCommandLine(words: readonly string[]): Settings {
  const command = commandLine()
  try {
    command.parse([...words], { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw new CommandLineEnd(error.exitCode === 0 ? 0 : 2, error)
    throw error
  }
  const { timeout, maxSize, skip, quiet, resume, ...rest } = command.opts<Options>()
  return {
    ...rest,
    quiet: quiet ?? false,
    resume: resume ?? false,
    target: command.args[0],
    timeout: timeout * 1_000,
    maxSize: maxSize * 1_000_000,
    skip: skip ?? [],
    depth: rest.depth,
    output: rest.output,
  }
}

interface Options extends Omit<Settings, 'target' | 'skip' | 'quiet' | 'resume'> {
  readonly skip: RegExp[] | undefined
  readonly quiet: true | undefined
  readonly resume: true | undefined
}

function commandLine(): Command {
  return new Command('linkcheck')
    .usage('[options] [folder | URL | file of URLs | -]')
    .description(
      'Checks every link of a website, of a folder of HTML, or of a list of URLs (one on each line; - reads them from standard ' +
        'input), and reports those that are broken. Without a target it checks a small site of its own, to show how it works.',
    )
    .argument('[target]')
    .helpCommand(false)
    .configureHelp({ visibleArguments: () => [] })
    .optionsGroup('What is checked:')
    .option('--no-external', 'leave links to other sites alone')
    .option('--depth <n>', 'crawl pages at most n links away from the start (a list: 0)', wholeNumber)
    .option('--skip <pattern>', 'leave alone what matches this regular expression; may be given again', patterns)
    .option('--max-size <MB>', 'look into the first MB of a page', positive, defaults.maxSize / 1_000_000)
    .option('--no-robots', 'do not look at robots.txt')
    .optionsGroup('How it asks:')
    .option('--concurrency <n>', 'requests at the same time', atLeastOne, defaults.concurrency)
    .option('--per-host <n>', 'requests at the same time to one host', atLeastOne, defaults.perHost)
    .option('--timeout <seconds>', 'give up when nothing comes for so long', positive, defaults.timeout / 1_000)
    .option('--retries <n>', 'try again when a connection is lost', wholeNumber, defaults.retries)
    .option('--user-agent <text>', 'what it calls itself', defaults.userAgent)
    .optionsGroup('What comes out:')
    .addOption(new Option('--format <name>', 'form of the report').choices(formats).default(defaults.format))
    .option('--output <file>', 'write the report there, not to standard output')
    .option('--quiet', 'no progress display')
    .optionsGroup('Where results are kept:')
    .option('--database <place>', 'a file (SQLite), or postgresql://…', defaults.database)
    .option('--resume', 'go on with the last run with this target that was interrupted')
    .optionsGroup('Else:')
    .helpOption('-h, --help', 'show this')
    .addHelpText('after', examples)
    .allowExcessArguments(false)
    .showSuggestionAfterError()
    .showHelpAfterError('Try: linkcheck --help')
    .exitOverride()
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Give a whole number.')
}

function atLeastOne(text: string): number {
  const number = wholeNumber(text)
  if (number >= 1) return number
  throw new InvalidArgumentError('Give a whole number of at least 1.')
}

function positive(text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && number > 0 && Number.isFinite(number)) return number
  throw new InvalidArgumentError('Give a number above 0.')
}

function patterns(text: string, before: readonly RegExp[] = []): RegExp[] {
  try {
    return [...before, new RegExp(text)]
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error))
  }
}
