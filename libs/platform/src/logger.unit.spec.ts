import { expect, test } from 'vitest';
import { createLogger, type LogLevel, nestLogger } from './logger.js';

function recording(level: LogLevel) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) };
  return { lines, logger: createLogger({ app: 'worker', level, destination }) };
}

test('a line is JSON with level, time, app, the facts and the message', () => {
  const { lines, logger } = recording('info');
  logger.child({ device: 'bigip1' }).warn({ tenant: 'Common' }, 'device is busy');
  expect(lines).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      app: 'worker',
      device: 'bigip1',
      tenant: 'Common',
      msg: 'device is busy',
    },
  ]);
});

test('only lines of the level and above are written', () => {
  const { lines, logger } = recording('warn');
  logger.debug({}, 'a');
  logger.info({}, 'b');
  logger.warn({}, 'c');
  logger.error({}, 'd');
  expect(lines.map(({ msg }) => msg)).toEqual(['c', 'd']);
});

test('promise 12: neither facts, nor the facts of a child, nor the message show a secret', () => {
  const { lines, logger } = recording('debug');
  logger
    .child({ headers: { authorization: 'Basic YWRtaW46aHVudGVyMg==' } })
    .error({ error: new Error('redis://:hunter2@redis'), password: 'hunter2' }, 'login with password=hunter2 failed');
  expect(JSON.stringify(lines)).not.toMatch(/hunter2|YWRtaW4/);
  expect(lines).toHaveLength(1);
});

test("Nest's lines keep their context, its errors their stack", () => {
  const { lines, logger } = recording('debug');
  const nest = nestLogger(logger);
  nest.log('Starting', 'NestFactory');
  nest.error('Broken', 'Error: Broken\n at x', 'ExceptionsHandler');
  nest.warn({ odd: 1 });
  expect(lines).toMatchObject([
    { level: 'debug', context: 'NestFactory', msg: 'Starting' },
    { level: 'error', context: 'ExceptionsHandler', stack: 'Error: Broken\n at x', msg: 'Broken' },
    { level: 'warn', details: { odd: 1 }, msg: 'Nest' },
  ]);
});
