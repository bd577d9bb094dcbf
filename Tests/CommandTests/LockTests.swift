import EventLoop
import Glibc
import Testing
import Units
import Wire

@testable import Command

/// `lock` and `elect` with the commands they run.
@Suite struct LockTests {
    private func stage() -> Stage {
        let stage = Stage()
        stage.environment = ["MARTLET_HOST": stage.store.address.description, "GREETING": "hi"]
        return stage
    }

    private func run(_ stage: Stage, _ line: String) -> Int32 {
        stage.run(Shell.words(line), atHost: false)
    }

    @Test func runsACommandAndHandsItsCodeOn() throws {
        let stage = stage()
        let file = "\(stage.folder)/out"
        let script =
            "echo $MARTLET_LOCK_KEY $MARTLET_LOCK_TOKEN $GREETING $0 > \(file); exit 7"
        let code = run(stage, "store lock door -- /bin/sh -c '\(script)' word")
        #expect(code == 7 && stage.err.isEmpty && stage.out.isEmpty)
        #expect(stage.contents("out") == "door/10 2 hi word\n")
        #expect(stage.store.isFree("door"))
    }

    @Test func aSignalOfTheCommandIsHandedOn() {
        let stage = stage()
        #expect(run(stage, "store lock door -- /bin/sh -c 'kill -9 $$'") == 128 + 9)
        #expect(stage.store.isFree("door"))
    }

    @Test func aCommandThatIsNotThere() {
        let stage = stage()
        #expect(run(stage, "store lock door -- /nowhere/at/all") == 1)
        #expect(stage.err.contains("cannot run '/nowhere/at/all'"))
        #expect(stage.store.isFree("door"))
    }

    @Test func holdsUntilItIsInterrupted() {
        let stage = stage()
        stage.onPrint = { _ in stage.loop.nextTurn { stage.interrupt() } }
        #expect(run(stage, "store lock door --json") == 0)
        #expect(stage.out == "{\"key\":\"door/10\",\"token\":2}\n")
        #expect(stage.store.isFree("door"))
    }

    @Test func aSignalGoesToTheCommand() {
        let stage = stage()
        let file = "\(stage.folder)/out"
        stage.store.onLocked = { stage.whenWritten("out") { stage.interrupt() } }
        let script = "trap 'exit 3' INT; echo > \(file); while :; do sleep 0.02; done"
        let words = ["store", "lock", "door", "--", "/bin/sh", "-c", script]
        #expect(stage.run(words, atHost: false) == 3)
        #expect(stage.store.isFree("door"))
    }

    @Test func theCommandEndsWhenTheLockIsLost() {
        let stage = stage()
        stage.store.onLocked = { stage.loop.nextTurn { stage.store.take("door/10") } }
        let code = run(stage, "store lock door -- /bin/sh -c 'while :; do sleep 0.02; done'")
        #expect(code == 1)
        #expect(stage.err.contains("its key was deleted. The command was ended"))
    }

    @Test func waitsForItsTurn() {
        let stage = stage()
        stage.store.hold("door/99")
        stage.store.onWaiting = { stage.loop.nextTurn { stage.store.take("door/99") } }
        #expect(run(stage, "store lock door -- /bin/true") == 0)
    }

    @Test func anInterruptEndsTheWait() {
        let stage = stage()
        stage.store.hold("door/99")
        stage.store.onWaiting = { stage.loop.nextTurn { stage.interrupt() } }
        #expect(run(stage, "store lock door -- /bin/true") == 1)
        #expect(stage.err.contains("interrupted while it waited"))
        stage.store.take("door/99")
        #expect(stage.store.isFree("door"))
    }

    @Test func doesNotWaitWhenTold() {
        let stage = stage()
        stage.store.hold("door/99")
        #expect(run(stage, "store lock door --no-wait -- /bin/true") == 1)
        #expect(stage.err.contains("cannot lock 'door'"))
    }

    @Test func electsAndListens() {
        let stage = stage()
        let file = "\(stage.folder)/out"
        #expect(
            run(
                stage,
                "store elect boss ada -- /bin/sh -c 'echo $MARTLET_LOCK_KEY $MARTLET_LOCK_TOKEN > "
                    + "\(file)'") == 0)
        #expect(stage.contents("out") == "boss/10 2\n")
        stage.store.hold("boss/77", value: "bob")
        stage.onPrint = { _ in stage.loop.nextTurn { stage.interrupt() } }
        #expect(run(stage, "store elect boss --listen") == 0)
        #expect(stage.out == "boss/77\tbob\n")
    }

    @Test(arguments: [
        "store lock", "store lock door --ttl 0", "store lock door --ttl 86401", "store elect boss",
        "store elect boss ada --listen", "store elect boss ada --lease 10 -- /bin/true",
    ]) func isMisused(line: String) {
        #expect(run(stage(), line) == 2)
    }

    @Test func aWriteIsMadeOnceThoughItsAnswerIsLost() {
        let stage = stage()
        stage.store.dropsOnce = 1
        #expect(run(stage, "store put greeting hello --once") == 0)
        #expect(stage.out.contains("2") && stage.store.revision == 2)
        #expect(run(stage, "store delete greeting --once") == 0)
        #expect(stage.store.revision == 3)
    }

    @Test func keepsSeveralLeasesAlive() {
        let stage = stage()
        for id in ["a1", "a2"] { #expect(run(stage, "store lease grant 60 --id \(id)") == 0) }
        #expect(run(stage, "store lease keep-alive a1 a2 --once") == 0)
        #expect(stage.out.split(separator: "\n").count == 2)
        #expect(run(stage, "store lease keep-alive a1 a3 --once") == 1)
        #expect(stage.err.contains("00000000000000a3"))
    }
}
