import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject } from '#core/json';
import { type Answer } from '../answer.js';

interface Task {
  readonly id: string;
  readonly declarationId: string;
  /** In milliseconds since the epoch. */
  readonly created: number;
  state: 'pending' | 'in progress' | 'cancelled' | 'complete';
  answer: Answer | null;
}

/** AS3 keeps as many finished tasks, for a week. */
const finishedTasks = 25;
const week = 7 * 24 * 3_600_000;

/** The records of declarations that were sent to AS3; a reboot loses them. */
export class Tasks {
  #tasks: Task[] = [];

  /** @param now in milliseconds since the epoch */
  create(declarationId: string, now: number): string {
    const task: Task = { id: randomUUID(), declarationId, created: now, state: 'pending', answer: null };
    const finished = this.#tasks.filter(({ state }) => state === 'complete' || state === 'cancelled');
    const expired = new Set([
      ...finished.slice(finishedTasks - 1),
      ...finished.filter(({ created }) => now - created >= week),
    ]);
    this.#tasks = [task, ...this.#tasks.filter((known) => !expired.has(known))];
    return task.id;
  }

  begin(id: string): void {
    this.#update(id, (task) => {
      task.state = 'in progress';
    });
  }

  complete(id: string, answer: Answer): void {
    this.#update(id, (task) => {
      task.state = 'complete';
      task.answer = answer;
    });
  }

  cancel(id: string): void {
    this.#update(id, (task) => {
      task.state = 'cancelled';
    });
  }

  clear(): void {
    this.#tasks = [];
  }

  show(id: string): JsonObject | undefined {
    const task = this.#tasks.find((known) => known.id === id);
    return task && shown(task);
  }

  list(): JsonObject {
    return { items: this.#tasks.map(shown) };
  }

  #update(id: string, update: (task: Task) => void): void {
    const task = this.#tasks.find((known) => known.id === id);
    if (task) update(task);
  }
}

/** The body of the answer 202. */
export function submitted(id: string, declarationId: string): JsonObject {
  return { ...resultsOnly(id, 'Declaration successfully submitted', declarationId), declaration: {} };
}

function resultsOnly(id: string, message: string, declarationId: string): JsonObject {
  return {
    id,
    results: [{ message, tenant: '', host: '', runTime: 0, code: 0, declarationId }],
    selfLink: `https://localhost/mgmt/shared/appsvcs/task/${id}`,
  };
}

function shown({ id, declarationId, state, answer }: Task): JsonObject {
  const unfinished = resultsOnly(id, state === 'cancelled' ? 'task cancelled' : state, declarationId);
  const body = answer?.body;
  if (!isJsonObject(body)) return { ...unfinished, declaration: {} };
  const results = Array.isArray(body['results']) ? body['results'] : [body];
  const declaration = isJsonObject(body['declaration']) ? body['declaration'] : {};
  const traces = body['traces'] === undefined ? {} : { traces: body['traces'] };
  return { ...unfinished, results, declaration, ...traces };
}
