export const TWIN_PREFIX = '/twin';
