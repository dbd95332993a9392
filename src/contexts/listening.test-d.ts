import { EventEmitter } from 'node:events'
import type { Server } from 'node:net'
import type { Readable } from 'node:stream'
import type { MessagePort as NodePort, Worker as NodeWorker } from 'node:worker_threads'
import { expectTypeOf } from 'expect-type'
import { listening } from 'withal'
import type { ContextManager } from 'withal'

declare const target: EventTarget
declare const socket: WebSocket
declare const server: Server
declare const stream: Readable
declare const port: NodePort
declare const worker: NodeWorker
const typed = new EventEmitter<{ tick: [count: number] }>()
const plain = new EventEmitter()

// An EventTarget of any kind, with a listener that knows its event, or not.
expectTypeOf(listening(target, 'tick', () => {})).toEqualTypeOf<ContextManager<undefined>>()
listening(target, 'tick', (event) => expectTypeOf(event).toEqualTypeOf<Event>())
listening(new AbortController().signal, 'abort', (event) => event.type)
listening(socket, 'message', (event: MessageEvent<string>) => event.data)
listening(target, 'tick', (event: CustomEvent<number>) => event.detail)
listening(target, 'tick', async () => {})

// An EventEmitter of any kind.
listening(plain, 'tick', (count: number) => count)
listening(plain, Symbol('tick'), () => {})
listening(typed, 'tick', (count: number) => count)
listening(server, 'connection', () => {})
listening(stream, 'data', (chunk: Uint8Array) => chunk)
listening(process, 'SIGINT', () => {})
listening(worker, 'message', (message: unknown) => message)
listening(port, 'message', () => {})

// @ts-expect-error what has no events
listening({}, 'tick', () => {})
// @ts-expect-error a listener that is none
listening(target, 'tick', 'listener')
