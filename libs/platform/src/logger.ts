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
  // At once: pino's default hands lines over later, and on a closed output its last ones keep the process from its end.
  return wrap(pino(settings, options.destination ?? pino.destination({ fd: 1, sync: true })));
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

/** For `NestFactory.create(…, { logger: nestLogger(logger) })`. What Nest tells about its start is for debugging. */
export function nestLogger(logger: Logger): LoggerService {
  const through = (level: 'debug' | 'warn' | 'error') => {
    return (message: unknown, ...parameters: unknown[]) => {
      const [facts, text] = fromNest(message, parameters);
      logger[level](facts, text);
    };
  };
  return {
    debug: through('debug'),
    verbose: through('debug'),
    log: through('debug'),
    warn: through('warn'),
    error: through('error'),
    fatal: through('error'),
  };
}

/** Nest passes the message or an object, then a stack (with errors only), then the context. */
function fromNest(message: unknown, parameters: readonly unknown[]): [facts: object, text: string] {
  const texts = parameters.filter((parameter) => typeof parameter === 'string');
  const context = texts.at(-1);
  const stack = texts.length > 1 ? texts[0] : undefined;
  const facts = { ...(context === undefined ? {} : { context }), ...(stack === undefined ? {} : { stack }) };
  return typeof message === 'string' ? [facts, message] : [{ ...facts, details: message }, 'Nest'];
}
