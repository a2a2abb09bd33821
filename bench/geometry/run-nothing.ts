/** `run-nothing`: what a process of Node costs before it does anything. */
console.log('{}');
