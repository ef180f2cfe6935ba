import { type StatusCause } from '../api-error.js';
import { member, type Draft } from '../objects/kube-object.js';
import { invalidValue, ordinary, type ApiResource } from './api-resource.js';
import { ageColumn, fieldColumn, nameColumn } from './columns.js';
import { requireMicroTimes } from './micro-time.js';

function validate(draft: Draft): readonly StatusCause[] {
  requireMicroTimes(draft, [
    ['spec', 'acquireTime'],
    ['spec', 'renewTime'],
  ]);
  const { leaseDurationSeconds: duration = 1, leaseTransitions: transitions = 0 } = member(draft, 'spec');
  return [
    ...(typeof duration === 'number' && duration > 0
      ? []
      : [invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')]),
    ...(typeof transitions === 'number' && transitions >= 0
      ? []
      : [invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')]),
  ];
}

export const leaseResource: ApiResource = {
  ...ordinary,
  group: 'coordination.k8s.io',
  version: 'v1',
  plural: 'leases',
  singular: 'lease',
  kind: 'Lease',
  storage: 'leases',
  unconditionalUpdate: false,
  createOnUpdate: true,
  columns: [nameColumn, fieldColumn('Holder', 'spec', 'holderIdentity'), ageColumn],
  validate,
};
