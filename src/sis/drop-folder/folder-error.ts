import { SisError } from '../sis-error.ts';

/** Does something in a folder, and says in plain words what the system does not let us do there. */
export async function inFolder<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (error instanceof SisError || typeof code !== 'string' || !/^E[A-Z0-9]+$/.test(code)) throw error;
    throw sisErrorOf(folder, code);
  }
}

function sisErrorOf(folder: string, code: string): SisError {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new SisError(
        'missing',
        `the folder ${folder} is not there; expected the folder into which the files are dropped`,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new SisError(
        'refused',
        `the folder ${folder}, or something in it, may not be read or written (${code}); expected read and write permission, since used files are moved to archive/ in it`,
      );
    case 'EEXIST':
    case 'EXDEV':
      return new SisError(
        'refused',
        `archive or refused in ${folder} is no plain folder of it (${code}); expected folders, or nothing, under these names`,
      );
    default:
      return new SisError('unreachable', `the folder ${folder} cannot be used at the moment (${code})`);
  }
}
