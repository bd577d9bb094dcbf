internal import Command
internal import Glibc

let environment = Descriptor.environment()
let code = Command.run(
    Array(CommandLine.arguments.dropFirst()), Terminal.standard(environment: environment),
    environment: environment)
// Results are written out by the time `run` returns.
exit(code)
