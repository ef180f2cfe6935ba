import { text, type KubeObject } from '../objects/kube-object.js';
import { type Column } from './api-resource.js';

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

/** An age as kubectl prints it, after HumanDuration of k8s.io/apimachinery/pkg/util/duration. */
export function humanDuration(seconds: number): string {
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * minute) return `${Math.floor(seconds)}s`;
  if (seconds < 10 * minute) return twoUnits(seconds, minute, 'm', 1, 's');
  if (seconds < 3 * hour) return `${Math.floor(seconds / minute)}m`;
  if (seconds < 8 * hour) return twoUnits(seconds, hour, 'h', minute, 'm');
  if (seconds < 2 * day) return `${Math.floor(seconds / hour)}h`;
  if (seconds < 8 * day) return twoUnits(seconds, day, 'd', hour, 'h');
  if (seconds < 2 * year) return `${Math.floor(seconds / day)}d`;
  if (seconds < 8 * year) return twoUnits(seconds, year, 'y', day, 'd');
  return `${Math.floor(seconds / year)}y`;
}

function twoUnits(seconds: number, unit: number, sign: string, smaller: number, smallerSign: string): string {
  const rest = Math.floor((seconds % unit) / smaller);
  return `${Math.floor(seconds / unit)}${sign}${rest === 0 ? '' : `${rest}${smallerSign}`}`;
}

export function since(timestamp: string, now: Date): string {
  return timestamp === '' ? '<unknown>' : humanDuration((now.getTime() - Date.parse(timestamp)) / 1_000);
}

export const nameColumn: Column = {
  name: 'Name',
  type: 'string',
  format: 'name',
  priority: 0,
  cell: ({ metadata }) => metadata.name,
};

export const ageColumn: Column = {
  name: 'Age',
  type: 'string',
  priority: 0,
  cell: ({ metadata }, now) => since(metadata.creationTimestamp, now),
};

export function textColumn(name: string, cell: (object: KubeObject) => string, priority = 0): Column {
  return { name, type: 'string', priority, cell };
}

/** A column that shows one field, as `additionalPrinterColumns` of a CustomResourceDefinition do. */
export function fieldColumn(name: string, ...path: readonly string[]): Column {
  return textColumn(name, (object) => text(object, ...path));
}

export const orNone = (value: string): string => (value === '' ? '<none>' : value);
