/**
 * What Node 20 lacks and libp2p's packages of today call. To be imported before them.
 */
Promise.withResolvers ??= function () {
  let resolve
  let reject
  const promise = new Promise((settle, fail) => {
    resolve = settle
    reject = fail
  })
  return { promise, resolve, reject }
}
