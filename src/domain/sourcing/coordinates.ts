import type { LocationContent } from '../catalogue.ts';

/** A point on the earth, in degrees. */
export interface Coordinates {
  /** -90 to 90, north is positive. */
  readonly latitude: number;
  /** -180 to 180, east is positive. */
  readonly longitude: number;
}

export const LATITUDE_MAX = 90;
export const LONGITUDE_MAX = 180;

/** The mean radius of the earth (IUGG), in km. */
const EARTH_RADIUS_KM = 6_371.0088;

/**
 * Where a location is: its attributes `latitude` and `longitude`. Attributes are whatever the shopkeeper writes there, so
 * what is no point on the earth means that it is not known.
 */
export function coordinatesOf({ attributes }: Pick<LocationContent, 'attributes'>) {
  const latitude = degrees(attributes?.['latitude'], LATITUDE_MAX);
  const longitude = degrees(attributes?.['longitude'], LONGITUDE_MAX);
  return latitude === undefined || longitude === undefined ? undefined : { latitude, longitude };
}

function degrees(value: unknown, max: number): number | undefined {
  return typeof value === 'number' && Math.abs(value) <= max ? value : undefined;
}

/**
 * Great-circle distance in km by the haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope
 * 68 (1984), p. 159), which is exact for small distances too. The earth is taken for a sphere: 0.5% off at most.
 */
export function distanceKm(one: Coordinates, other: Coordinates): number {
  const lat = haversine(radians(other.latitude - one.latitude));
  const long = haversine(radians(other.longitude - one.longitude));
  const cosines = Math.cos(radians(one.latitude)) * Math.cos(radians(other.latitude));
  // Rounding may take the sum a little above 1 for points on opposite sides of the earth.
  const half = Math.sqrt(Math.min(lat + cosines * long, 1));
  return 2 * EARTH_RADIUS_KM * Math.asin(half);
}

function haversine(angle: number): number {
  return Math.sin(angle / 2) ** 2;
}

function radians(angle: number): number {
  return (angle * Math.PI) / 180;
}
