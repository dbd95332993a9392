/** Ways to get a kilobyte of JSON. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { Agent as HttpAgent } from 'node:http'
import axios from 'axios'
import got from 'got'
import ky from 'ky'
import { Agent, request } from 'undici'
import { httpClient } from 'withal/http'
import type { Contestant } from '../rows.ts'

/** Gets it once, and gives its `count`, which is 1. */
export interface Getting {
  readonly name: string
  readonly role: Contestant['role']
  get(): Promise<number>
}

interface Answer {
  readonly count: number
}

/** All of them, on a server of their own. */
export async function gettings(): Promise<Getting[]> {
  const child = fork(new URL('server.ts', import.meta.url), { execArgv: [] })
  const [port] = (await once(child, 'message')) as [number]
  child.unref()
  child.channel?.unref()
  const url = `http://127.0.0.1:${port}/items`
  return [undici(url), await withal(url), globalFetch(url), useKy(url), useGot(url), useAxios(url)]
}

function undici(url: string): Getting {
  const dispatcher = new Agent()
  const get = async (): Promise<number> => {
    const { body } = await request(url, { dispatcher })
    return ((await body.json()) as Answer).count
  }
  return { name: 'undici.request', role: 'limit', get }
}

async function withal(url: string): Promise<Getting> {
  const client = await httpClient()['~enterAsync']()
  const get = async (): Promise<number> => (await client.get(url)).json<Answer>().count
  return { name: 'httpClient', role: 'library', get }
}

function globalFetch(url: string): Getting {
  const get = async (): Promise<number> => ((await (await fetch(url)).json()) as Answer).count
  return { name: 'fetch', role: 'peer', get }
}

function useKy(url: string): Getting {
  const get = async (): Promise<number> => (await ky.get(url).json<Answer>()).count
  return { name: 'ky', role: 'peer', get }
}

function useGot(url: string): Getting {
  const client = got.extend({ agent: { http: new HttpAgent({ keepAlive: true }) } })
  const get = async (): Promise<number> => (await client.get(url).json<Answer>()).count
  return { name: 'got', role: 'peer', get }
}

function useAxios(url: string): Getting {
  const client = axios.create({ httpAgent: new HttpAgent({ keepAlive: true }) })
  const get = async (): Promise<number> => (await client.get<Answer>(url)).data.count
  return { name: 'axios', role: 'peer', get }
}
