import { describe, expect, it } from 'vitest';
import { changeQueueName } from './queue-names.js';

describe('changeQueueName', () => {
  it.each([
    ['prod-eu_1.a', 'changes.prod-eu_1.a'],
    ['east:1', 'changes.east%3A1'],
    ['east%3A1', 'changes.east%253A1'],
    ['größer', 'changes.gr%C3%B6%C3%9Fer'],
  ])('gives %s the queue %s', (cluster, queue) => {
    expect(changeQueueName(cluster)).toBe(queue);
  });
});
