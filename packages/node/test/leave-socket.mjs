// Listens on a unix socket until it is killed, which leaves the socket's file behind.
import { createServer } from 'node:net'

createServer().listen(process.argv[2], () => { process.send('listening') })
