import { Agent, createServer, request as ask } from 'node:http'

/** A process: the least that can stand between a client and a model. Arguments: its port, the model's port. */
const [port, upstream] = process.argv.slice(2).map(Number)
const agent = new Agent({ keepAlive: true })

const server = createServer((request, response) => {
  const { method, url: path, headers } = request
  const onward = ask({ agent, host: '127.0.0.1', port: upstream, method, path, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] ?? '' })
    answer.pipe(response)
  })
  onward.on('error', () => response.destroy())
  request.pipe(onward)
})
server.keepAliveTimeout = 120_000
server.listen(port, '127.0.0.1')
