import { kindOf, type LinkPolicy, type SharePolicy } from '../../domain/links/policy.ts';

export function policyJson({ exceptions, ...whole }: LinkPolicy) {
  return {
    ...shareJson(whole),
    ...(exceptions !== undefined && {
      exceptions: exceptions.map((one) => ({ of: one.of, name: one.name, ...shareJson(one) })),
    }),
  };
}

function shareJson(policy: SharePolicy) {
  const { hubShare, floor } = policy;
  return { kind: kindOf(policy), hubShare, floor };
}
