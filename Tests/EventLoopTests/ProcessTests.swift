import EventLoop
import Glibc
import Testing

@Suite(.serialized) struct ProcessTests {
    @Test func aChildIsFedAndHeardAndItsEndIsTold() throws {
        try withLoop { loop in
            var exit: Child.Exit?
            let child = try Child.start(
                on: loop, .init("/bin/cat", input: .piped, output: .piped)
            ) { exit = $0 }
            let inbox = Inbox(child.output!)
            child.input!.send(text: "through the cat")
            child.input!.finish()
            loop.turn { exit != nil && inbox.end != nil }
            #expect(exit == .status(0))
            #expect(inbox.text == "through the cat")
            child.output!.close()
        }
    }

    @Test func argumentsEnvironmentAndDirectoryArrive() throws {
        try withLoop { loop in
            var exit: Child.Exit?
            let program = Child.Program(
                "/bin/sh", ["-c", "echo $0 $WORD $PWD; exit 3", "name"],
                environment: ["WORD=hello"], directory: "/tmp", output: .piped)
            let child = try Child.start(on: loop, program) { exit = $0 }
            let inbox = Inbox(child.output!)
            loop.turn { exit != nil && inbox.end != nil }
            #expect(exit == .status(3))
            #expect(inbox.text == "name hello /tmp\n")
            child.output!.close()
        }
    }

    @Test func aKilledChildSaysByWhat() throws {
        try withLoop { loop in
            var exit: Child.Exit?
            let child = try Child.start(on: loop, .init("/bin/cat", input: .piped)) { exit = $0 }
            #expect(child.process > 1)
            child.kill(SIGTERM)
            loop.turn { exit != nil }
            #expect(exit == .signal(SIGTERM))
            child.input!.close()
        }
    }

    @Test func aProgramThatIsNotThereIsNamed() throws {
        try withLoop { loop in
            let failure = #expect(throws: LoopFailure.self) {
                try Child.start(on: loop, .init("/no/such/program", input: .piped)) { _ in }
            }
            #expect(
                failure?.description
                    == "cannot start /no/such/program: no such file or directory")
        }
    }

    @Test func aSignalIsAnEvent() throws {
        try withLoop { loop in
            var heard = 0
            _ = try Signals(on: loop, SIGUSR1) { heard += 1 }
            kill(getpid(), SIGUSR1)
            loop.turn { heard == 1 }
            let failure = #expect(throws: LoopFailure.self) {
                try Signals(on: loop, SIGKILL) {}
            }
            #expect(failure?.action == "listen for signal")
        }
    }
}
