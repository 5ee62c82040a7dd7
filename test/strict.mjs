// A rejection that nobody hears of fails the test that runs: mocha 12 hands it on to whoever listens, and without a listener it is lost.
process.on('unhandledRejection', (reason) => { throw reason })
