import { expect, it } from 'vitest';
import { identityOf } from './identity.ts';

const TIME = Date.UTC(2011, 5, 1, 9, 30);
const DIGEST = 'c35975c40d0e1e105090fbb11188a409393055f873841bd012915475fc84e69f';

it('makes UUIDs of version 7 that carry the time and follow from file, location and invoice', () => {
  const id = identityOf(DIGEST, 'here').reservationId('536365', TIME);
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(Number.parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(TIME);
  expect(identityOf(DIGEST, 'here').reservationId('536365', TIME)).toBe(id);
  const others = [
    identityOf(DIGEST, 'here').reservationId('536366', TIME),
    identityOf(DIGEST, 'there').reservationId('536365', TIME),
    identityOf(`f${DIGEST}`, 'here').reservationId('536365', TIME),
  ];
  expect(new Set([id, ...others]).size).toBe(4);
});

it('knows its own references and no others', () => {
  const identity = identityOf(DIGEST, 'here');
  expect(identity.reference(17)).toBe('c35975c40d0e#17');
  expect(identity.owns(identity.reference(17))).toBe(true);
  expect(identity.owns(identity.openingReference('85123A'))).toBe(true);
  expect(identity.owns('c35975c40d0e')).toBe(false);
  expect(identity.owns('delivery-4711')).toBe(false);
});
