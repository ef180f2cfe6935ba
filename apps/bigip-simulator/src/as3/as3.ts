import { randomUUID } from 'node:crypto';
import { isJsonObject, type JsonObject, type JsonValue } from '#core/json';
import { type Answer, failed } from '../answer.js';
import { stringAt } from './declaration.js';
import { declare, type DeclareContext, refusal } from './declare.js';
import { busyMessage, DeviceLock } from './lock.js';
import { type DeclareRequest, parseDeclareRequest, type RawRequest } from './request.js';
import { type As3Settings, changedSettings, defaultSettings } from './settings.js';
import { submitted, Tasks } from './tasks.js';
import { formatVersion } from './version.js';

export interface As3Counters {
  /** Declares that AS3 worked on: dry runs and refused ones not counted. */
  declares: number;
  dryRuns: number;
  /** Requests that were sent away, at once or in their task, because AS3 was busy. */
  busyRejections: number;
}

export interface As3Options extends Omit<DeclareContext, 'settings' | 'signal'> {
  /** Milliseconds after which a synchronous caller gets 202 and has to read the task. */
  readonly synchronousLimit: number;
  /** From this many bytes on, the fault #780 strikes an asynchronous declare. */
  readonly largeDeclaration: number;
}

/** With burst handling, so many wait behind the one that AS3 works on. */
const longestQueue = 10;

/** AS3 as a caller sees it: declares, tasks, one at a time per device. */
export class As3 {
  readonly counters: As3Counters = { declares: 0, dryRuns: 0, busyRejections: 0 };
  readonly tasks = new Tasks();
  readonly lock: DeviceLock;
  #settings: As3Settings = defaultSettings;
  #waiting: Promise<unknown>[] = [];
  #booted = new AbortController();

  constructor(private readonly options: As3Options) {
    this.lock = new DeviceLock(options.clock);
  }

  get settings(): As3Settings {
    return this.#settings;
  }

  /** @returns null when the body is not one of settings */
  changeSettings(body: JsonValue | undefined): As3Settings | null {
    const changed = changedSettings(this.#settings, body);
    if (changed) this.#settings = changed;
    return changed;
  }

  info(): JsonObject {
    const version = formatVersion(this.options.version);
    return { version, release: '0', schemaCurrent: version, schemaMinimum: '3.0.0' };
  }

  /** What was going on is gone, and so are the records of tasks. */
  reboot(): void {
    this.#booted.abort(new Error('The device is rebooting'));
    this.#booted = new AbortController();
    this.#waiting = [];
    this.tasks.clear();
    this.lock.reset();
  }

  /**
   * POST and DELETE of /declare: 202 at once where asynchronous, otherwise the outcome, or 202 when that takes too
   * long. AS3 goes on also when nobody waits for the answer.
   * @throws the reboot's error when the device is rebooted before there is an answer
   */
  async handle(raw: RawRequest): Promise<Answer> {
    const { clock, synchronousLimit } = this.options;
    const parsed = parseDeclareRequest(raw, this.options.version, randomUUID());
    if (!parsed.ok) return refusal(parsed.problem, {});
    const request = parsed.value;
    const declarationId = stringAt(request.declaration, 'id') ?? '';
    const task = this.tasks.create(declarationId, clock.now().getTime());
    const accepted: Answer = { status: 202, body: submitted(task, declarationId) };
    const outcome = this.#enqueue(request, task);
    if (request.asynchronous) {
      outcome.catch(() => undefined);
      return accepted;
    }
    const waiting = new AbortController();
    const late = clock.sleep(synchronousLimit, waiting.signal).then(() => accepted);
    late.catch(() => undefined);
    outcome.catch(() => undefined);
    return Promise.race([outcome, late]).finally(() => {
      waiting.abort();
    });
  }

  #enqueue(request: DeclareRequest, task: string): Promise<Answer> {
    if (!this.#settings.burstHandlingEnabled) return this.#run(request, task);
    if (this.#waiting.length > longestQueue) {
      this.counters.busyRejections += 1;
      this.tasks.cancel(task);
      const message = 'Error: Too many configuration operations are in progress on the device. Please try again later';
      return Promise.resolve(failed(503, message));
    }
    const previous = this.#waiting.at(-1) ?? Promise.resolve();
    const turn = previous.then(
      () => this.#run(request, task),
      () => this.#run(request, task),
    );
    this.#waiting.push(turn);
    const leave = (): void => {
      this.#waiting = this.#waiting.filter((waiting) => waiting !== turn);
    };
    turn.then(leave, leave);
    return turn;
  }

  async #run(request: DeclareRequest, task: string): Promise<Answer> {
    const { signal } = this.#booted;
    this.tasks.begin(task);
    const answer = await this.#runLocked(request, signal);
    if (!signal.aborted) this.tasks.complete(task, answer);
    return answer;
  }

  async #runLocked(request: DeclareRequest, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    if (!this.lock.acquire()) {
      this.counters.busyRejections += 1;
      return refusal({ status: 503, message: busyMessage }, request.declaration);
    }
    try {
      const answer = await declare({ ...this.options, settings: this.#settings, signal }, request);
      if (isJsonObject(answer.body) && answer.body['results'] !== undefined) this.#count(request);
      return this.#lostInTheEnd(request) ? lost : answer;
    } finally {
      if (!signal.aborted) this.lock.release();
    }
  }

  #count(request: DeclareRequest): void {
    if (request.dryRun) this.counters.dryRuns += 1;
    else this.counters.declares += 1;
  }

  #lostInTheEnd(request: DeclareRequest): boolean {
    const { faults, largeDeclaration } = this.options;
    return (
      faults.knownIssues.has('#780') &&
      request.asynchronous &&
      !request.dryRun &&
      JSON.stringify(request.declaration).length >= largeDeclaration
    );
  }
}

const lost = failed(500, 'An unexpected error occurred. See logs for details. Error: socket hang up');
