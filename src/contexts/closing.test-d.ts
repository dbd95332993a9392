import type { Server, Socket } from 'node:net'
import type { FileHandle } from 'node:fs/promises'
import { expectTypeOf } from 'expect-type'
import { closing, within, withinSync } from 'withal'
import type { AsyncContextManager, ContextManager } from 'withal'

declare const socket: Socket
declare const server: Server
declare const file: FileHandle
declare const numbers: AsyncGenerator<number, void, undefined>
declare const lines: AsyncIterator<string>
const pool = { end: async (): Promise<void> => {}, query: (text: string): string => text, size: 1 }

// A manager for both forms, whose value is the thing.
expectTypeOf(closing(file)).toExtend<ContextManager<FileHandle> & AsyncContextManager<FileHandle>>()
expectTypeOf(within(closing(file), (opened) => opened)).toEqualTypeOf<Promise<FileHandle>>()
expectTypeOf(withinSync(closing({ close() {}, n: 1 }), ({ n }) => n)).toEqualTypeOf<number>()
within(closing(numbers), (generator) => expectTypeOf(generator).toEqualTypeOf<typeof numbers>())
within(closing(lines), (iterator) => expectTypeOf(iterator).toEqualTypeOf<typeof lines>())

// Any method that can be called without arguments, also by one of its overloads only.
closing(pool, 'end')
closing(socket, 'destroy')
closing(socket, 'end')
closing(server, 'close')
closing(pool, (it) => expectTypeOf(it).toEqualTypeOf<typeof pool>())
closing(5, (it) => expectTypeOf(it).toExtend<number>())

// With a limit for closing.
closing(numbers, { exitTimeout: 1_000 })
closing(pool, 'end', { exitTimeout: undefined })
// @ts-expect-error no such option
closing(numbers, { timeout: 1_000 })

// @ts-expect-error neither `close` nor `return`
closing(pool)
// @ts-expect-error a method that needs an argument
closing(pool, 'query')
// @ts-expect-error not a method
closing(pool, 'size')
// @ts-expect-error no such method
closing(pool, 'stop')
// @ts-expect-error `close` needs an argument
closing({ close: (code: number) => code })
