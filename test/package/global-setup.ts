/**
 * Gets what the tests of the packed package need: a browser, and an empty project in which the
 * tarball is installed as a user would. Needs the built files.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { chromium } from './runtimes.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder of the project that has the package installed, and the programs to run. */
    readonly project: string
  }
}

export default function setup({ provide }: TestProject): () => void {
  installChromium()
  const project = mkdtempSync(join(tmpdir(), 'withal-packed-'))
  installPackage(project)
  cpSync(join(import.meta.dirname, 'programs'), project, { recursive: true })
  provide('project', project)
  return () => rmSync(project, { recursive: true })
}

/** From Debian, where we may; elsewhere the tests say what they left out. */
function installChromium(): void {
  if (existsSync(chromium) || !existsSync('/etc/debian_version') || process.getuid?.() !== 0) return
  const quiet = ['--quiet=2', '--option', 'Dpkg::Use-Pty=0']
  execute('apt-get', ['update', ...quiet])
  execute('apt-get', ['install', '--yes', ...quiet, '--no-install-recommends', 'chromium'])
}

/** Without the network: the package has no dependency. */
function installPackage(project: string): void {
  writeFileSync(join(project, 'package.json'), '{ "name": "empty-project", "private": true }')
  execute('npm', ['pack', '--silent', '--pack-destination', project])
  const { name, version } = JSON.parse(readFileSync('package.json', 'utf8')) as { name: string; version: string }
  execute('npm', ['install', '--offline', '--prefix', project, join(project, `${name}-${version}.tgz`)])
}

function execute(command: string, args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync(command, args, { env, stdio: ['ignore', 'inherit', 'inherit'] })
}
