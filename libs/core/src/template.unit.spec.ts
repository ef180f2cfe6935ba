import { describe, expect, it } from 'vitest';
import { renderTemplate } from './template.js';

describe('a template of ces-conf.yaml', () => {
  it('gets the tenant and the master cluster filled in wherever they stand', () => {
    const template = '{"k8s_log": {"use": "/{{tenant}}/Shared/k8s_pool", "remark": "k8s"}}';
    expect(renderTemplate(template, 'shop', 'east')).toEqual({
      east_log: { use: '/shop/Shared/east_pool', remark: 'east' },
    });
  });

  it('leaves a tenant alone whose own name holds k8s', () => {
    expect(renderTemplate('{"use": "/{{tenant}}/Shared/k8s_pool"}', 'k8s-prod', 'east')).toEqual({
      use: '/k8s-prod/Shared/east_pool',
    });
  });

  it.each(['', '[1]', '"text"', '{', 'null'])('refuses %j, which is no JSON object', (template) => {
    expect(() => renderTemplate(template, 'Common', 'k8s')).toThrow(SyntaxError);
  });
});
