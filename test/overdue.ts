/**
 * Ends a test file whose tests or hooks never end. Node's own time-out ends a test, and not the hook that then waits for what
 * the test left running; one such file once held a whole run for 80 minutes.
 */
const LONGEST_FILE_MS = 660_000;

// The runner itself loads this too, and lives longer.
if (process.env['NODE_TEST_CONTEXT'] === 'child-v8') {
  setTimeout(() => {
    const left = process.getActiveResourcesInfo().join(', ');
    process.stderr.write(
      `${process.argv[1]} has not ended after ${LONGEST_FILE_MS / 60_000} minutes; alive: ${left}\n`,
    );
    process.exit(1);
  }, LONGEST_FILE_MS).unref();
}
