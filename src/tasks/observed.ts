/** What is said of tasks and scopes to who observes them. None of this runs while nobody listens. */
import { taskChannel, tellOpened, tellReached } from '../channels.ts'
import type { ObservedTask, ScopeMessage } from '../channels.ts'
import { currentFrame } from '../frame.ts'
import type { ScopeNode } from '../scope.ts'
import { placeOfOpening } from './opened-at.ts'
import type { Ending, TaskNode } from './task.ts'

type Opened = Extract<ScopeMessage, { type: 'scope-opened' }>

/** A group has taken a child, which may be cancelled from the start. */
export function tellStarted(task: TaskNode, group: string): void {
  taskChannel.publish({ type: 'task-started', task, group, openedAt: placeOfOpening(task) })
  if (task.cancelled !== undefined) tellReached(task, task.cancelled)
}

/** A task has ended. */
export function tellEnded(task: TaskNode, status: Ending['status'], outcome: unknown): void {
  if (status === 'completed') taskChannel.publish({ type: 'task-ended', task, status })
  else taskChannel.publish({ type: 'task-ended', task, status, error: outcome })
}

/** A scope has been opened in the running code; of a group the place is known of the scope of its children. */
export function tellScope(scope: ScopeNode, kind: Opened['kind'], name?: string, place: ScopeNode = scope): void {
  const task = currentFrame()?.task as ObservedTask | undefined // whatever copy of the package it is of
  tellOpened({ type: 'scope-opened', scope, kind, name, task, openedAt: placeOfOpening(place) })
}
