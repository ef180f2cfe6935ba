import { type LoggerService } from '@nestjs/common';
import { type DestinationStream, type Logger as PinoLogger, pino, stdTimeFunctions } from 'pino';
import { redactFacts, redactText } from './redact.js';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/**
 * Structured logs: facts are for machines, the message for people and the same each time.
 * Secrets are taken out of both (see `redact`); an Error among the facts is written with its cause.
 */
export interface Logger {
  debug(facts: object, message: string): void;
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
  /** A logger that adds `facts` to every line. */
  child(facts: object): Logger;
}

export interface LoggerOptions {
  /** Stands in every line. */
  readonly app: string;
  readonly level: LogLevel;
  /** Gets one line of JSON a call; standard output by default. */
  readonly destination?: DestinationStream;
}

/** A logger that writes a line of JSON for each entry: `{"level":"info","time":"…Z","app":"…",…,"msg":"…"}`. */
export function createLogger(options: LoggerOptions): Logger {
  const settings = {
    level: options.level,
    base: { app: options.app },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return wrap(options.destination ? pino(settings, options.destination) : pino(settings));
}

function wrap(target: PinoLogger): Logger {
  const write = (level: Exclude<LogLevel, 'silent'>) => (facts: object, message: string) => {
    if (target.isLevelEnabled(level)) target[level](redactFacts(facts), redactText(message));
  };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (facts) => wrap(target.child(redactFacts(facts))),
  };
}

const nothing = () => undefined;

/** Says nothing. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
};

/** For `NestFactory.create(…, { logger: nestLogger(logger) })`. Nest's own chatter at start is for debugging. */
export function nestLogger(logger: Logger): LoggerService {
  const facts = (parameters: readonly unknown[]) => {
    const context = parameters.at(-1);
    return typeof context === 'string' ? { context } : {};
  };
  const text = (message: unknown) => (typeof message === 'string' ? message : 'Nest');
  const more = (message: unknown) => (typeof message === 'string' ? {} : { error: message });
  return {
    log: (message: unknown, ...rest: unknown[]) => {
      logger.debug({ ...facts(rest), ...more(message) }, text(message));
    },
    debug: (message: unknown, ...rest: unknown[]) => {
      logger.debug({ ...facts(rest), ...more(message) }, text(message));
    },
    verbose: (message: unknown, ...rest: unknown[]) => {
      logger.debug({ ...facts(rest), ...more(message) }, text(message));
    },
    warn: (message: unknown, ...rest: unknown[]) => {
      logger.warn({ ...facts(rest), ...more(message) }, text(message));
    },
    error: (message: unknown, ...rest: unknown[]) => {
      logger.error({ ...facts(rest), ...more(message), ...stack(rest) }, text(message));
    },
    fatal: (message: unknown, ...rest: unknown[]) => {
      logger.error({ ...facts(rest), ...more(message), ...stack(rest) }, text(message));
    },
  };
}

/** Nest passes the stack as a text before the context. */
function stack(parameters: readonly unknown[]): { stack?: string } {
  const [first] = parameters;
  return parameters.length > 1 && typeof first === 'string' ? { stack: first } : {};
}
