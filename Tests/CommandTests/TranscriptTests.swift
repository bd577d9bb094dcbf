import EventLoop
import Glibc
import Testing
import Wire

@testable import Command

/// What the program prints, as transcripts: `$` a command, then its standard output, then each line
/// of standard error after `!`, then the exit code when it is not 0.
@Suite struct TranscriptTests {
    /// `name` is the golden file; each line is a command, with its input after ` < `.
    private func check(_ name: String, on stage: Stage = Stage(), _ lines: [String]) {
        var transcript = ""
        for line in lines {
            let parts = line.split(separator: " < ", maxSplits: 1).map(String.init)
            let input = parts.count > 1 ? parts[1].replacing("\\n", with: "\n") : ""
            let code = stage.run(parts.first ?? "", input: input)
            transcript += "$ martlet \(line)\n" + stage.out
            transcript += stage.err.split(separator: "\n").map { "! \($0)\n" }.joined()
            if code != 0 { transcript += "exit \(code)\n" }
        }
        let host = stage.store.address.description
        Golden.check(
            name, transcript.replacing(host, with: "HOST").replacing(stage.folder, with: "FOLDER"))
    }

    @Test func keys() {
        check(
            "keys.txt",
            [
                "store put greeting hello", "store put greeting moin --previous",
                "store put greeting hi --previous --json", "store put note - < two\\nlines",
                "store put AAH/ /w== --base64", "store get greeting", "store get greeting --json",
                "store get greeting --raw", "store get nothing", "store get AAH/ --base64 --json",
                "store range --all", "store range --all --json", "store range greeting note",
                "store range gr --prefix --keys-only", "store range h --from-key --limit 1",
                "store range --all --limit 1 --json", "store range --all --count-only",
                "store range --all --count-only --json", "store range --all --keys-only --json",
                "store range x y", "store range x y --json", "store range a --revision 99",
                "store delete greeting --previous", "store delete greeting",
                "store delete n --prefix --yes --json --previous", "store delete --all",
                "store compact 3", "store compact 3 --yes", "store compact 4 --yes --json",
                "store range --all --revision 2",
            ])
    }

    @Test func metrics() {
        check(
            "metrics.txt",
            [
                "store metrics", "store metrics --match stage --json",
                "store metrics --match requests --raw", "store metrics --raw --json",
            ])
    }

    @Test func slowOperations() {
        let stage = Stage()
        check("slow-none.txt", on: stage, ["store slow", "store slow --json"])
        stage.store.slow.operations = [
            SlowOperationInfo(
                number: 7, agoUs: 75_000_000, method: 1, operations: 2, key: [107, 255],
                totalUs: 412_345, cause: .slowQuorum, waitedUs: 400_000, memberID: 0xB,
                words: "put 'k?' and 1 more took 412 ms, 400 ms of it for a majority; member 'b' "
                    + "was the last needed")
        ]
        check("slow.txt", on: stage, ["store slow", "store slow --json"])
    }

    @Test func recordings() {
        let stage = Stage()
        let line = "store recording \(stage.folder)/out"
        check("recording.txt", on: stage, [line, line + " --json", "store recording /no/where"])
        #expect(stage.contents("out") == "MARTREC1")
        stage.store.isRecordingDamaged = true
        check("recording-damaged.txt", on: stage, [line])
        #expect(stage.contents("out.partial") == nil)
    }

    @Test func transactions() {
        check(
            "transactions.txt",
            [
                "store txn < version(\"door\") = 0\\n\\nput door open\\nget door",
                "store txn < version(\"door\") = 0\\n\\nput door open\\n\\nrange a z\\ndelete door",
                "store txn --json < value(door) != \"x y\"\\n\\nput door 'x y' --previous\\nrange --all",
                "store txn --json < {\"compare\":[{\"target\":\"mod\",\"key\":\"door\",\"number\":1}],"
                    + "\"failure\":[{\"txn\":{\"success\":[{\"delete\":{\"key\":\"door\"}}]}}]}",
                "store txn < verson(\"k\") = 0", "store txn < version(\"k\" = 0",
                "store txn < version(\"k\") ~ 0", "store txn < \\nputt a b", "store txn < \\nput a",
                "store txn < \\nput a b --laese 1", "store txn < \\n\\n\\nput a b",
                "store txn < {\"success\":[{\"put\":{\"kye\":\"a\"}}]}",
                "store txn < {\"success\":1}",
                "store txn < {", "store txn --file /nowhere/at/all",
            ])
    }

    @Test func leases() {
        check(
            "leases.txt",
            [
                "store lease grant 60", "store lease grant 30 --id beef --json",
                "store put tied x --lease 10", "store lease list", "store lease list --json",
                "store lease time-to-live 10 --keys", "store lease ttl 10 --json --keys",
                "store lease keep-alive 10 --once", "store lease keep-alive 10 --once --json",
                "store lease revoke 10", "store lease revoke beef --json", "store lease revoke 10",
                "store lease keep-alive 10", "store lease grant 0", "store lease revoke xyz",
                "store lease grnat 5",
            ])
    }

    @Test func access() {
        check(
            "access.txt",
            [
                "store auth status", "store auth enable --user root:secret",
                "store auth status --json --user root:secret",
                "store auth status --user root:wrong",
                "store auth status --user root", "store auth status --user :x",
                "store user add bob", "store user add bob:pw --no-password",
                "store user add bob --no-password", "store user add eve:pw --json",
                "store user list", "store user list --json", "store user get bob",
                "store user get nobody", "store role add reader", "store role list",
                "store role get reader", "store role grant reader read --prefix app/",
                "store role grant reader readwrite a b --json",
                "store role grant reader write /app --tree",
                "store role grant reader --right inspect",
                "store role grant reader read --right inspect", "store role grant reader",
                "store role grant reader red k", "store role get reader --json",
                "store role revoke reader write /app --tree", "store role get nothing",
                "store user grant-role bob reader", "store user revoke-role bob reader --json",
                "store user passwd bob --no-password", "store user passwd bob",
                "store user delete eve", "store user delete eve --yes",
                "store role delete reader --yes --json", "store quota list",
                "store quota set --prefix app/ --bytes 1048576",
                "store quota set --for bob --keys 5",
                "store quota set --for bob --prefix a --keys 5", "store quota set --for bob",
                "store quota list --json", "store quota set --prefix app/ --none",
                "store auth disable", "store auth disable --yes",
            ])
    }

    /// Asked for on a terminal, and taken from the environment.
    @Test func passwordsAreAskedFor() {
        let stage = Stage()
        stage.inputIsTerminal = true
        stage.errIsTerminal = true
        #expect(stage.run("store auth status --user root", input: "secret\n") == 0)
        #expect(stage.out.contains("you are user 'root'"))
        #expect(stage.err.contains("password of 'root': "))
        #expect(stage.run("store user add bob", input: "one\ntwo\n") == 1)
        #expect(stage.err.contains("the two passwords differ"))
        #expect(stage.run("store user add bob", input: "one\none\n") == 0)
        #expect(stage.run("store user add bob", input: "\n\n") == 1)
        stage.environment["MARTLET_USER"] = "ann:secret"
        #expect(stage.run("store auth status") == 0)
        #expect(stage.out.contains("you are user 'ann'"))
        close(stage.file("out", Array("secret\nmore".utf8)))
        stage.environment = ["MARTLET_USER": "joe"]
        #expect(stage.run("store auth status --password-file \(stage.folder)/out") == 0)
        #expect(stage.out.contains("you are user 'joe'"))
    }

    @Test func members() {
        check(
            "members.txt",
            [
                "store member list", "store member list --json", "store leader show",
                "store leader show --json", "store member promote b",
                "store member add d --peer 10.0.0.4:2380 --client 10.0.0.4:2379",
                "store member add e --peer nowhere", "store member remove d",
                "store member remove dd --yes", "store member remove d --yes",
                "store member remove 000000000000000b --yes --json", "store leader move a",
                "store leader move --json",
            ])
    }

    @Test func memberChanges() {
        check(
            "member-changes.txt",
            [
                "store member add d --peer 10.0.0.4:2380 --learner", "store member update b",
                "store member update b --peer 10.0.0.9:2380",
                "store member update b --peer nowhere",
                "store member update b --name berlin --json", "store member replace b",
                "store member replace berlin e --peer 10.0.0.5:2380",
                "store member replace berlin e --peer 10.0.0.5:2380 --yes",
                "store member replace berlin e --peer 10.0.0.5:2380 --yes --json",
                "store member replace --give-up --yes", "store member replace b --give-up --yes",
            ])
    }

    @Test func version() {
        let stage = Stage()
        stage.store.members.removeLast()
        check(
            "version.txt", on: stage,
            [
                "store version", "store version --json", "store version --downgrade-to 1",
                "store version --downgrade-to 2 --json",
            ])
    }

    @Test func status() {
        let stage = Stage()
        stage.store.members.removeLast()
        check("status.txt", on: stage, ["status", "status --json", "status --wait"])
    }

    @Test func upkeep() {
        let stage = Stage()
        stage.store.members.removeLast()
        stage.store.alarms = [
            Alarm(
                kind: .corrupt, member: 0xA, since: 30_000_000_000, words: "'a' differs", index: 9)
        ]
        check(
            "upkeep.txt", on: stage,
            [
                "status", "store alarm list", "store alarm list --json",
                "store alarm clear corupt a", "store alarm clear corrupt a",
                "store alarm clear corrupt a --yes", "store put a b", "store digest",
                "store digest --json --revision 2", "store digest --revision 0",
                "store scrub", "store scrub --now --json",
            ])
    }

    @Test func statusWhenAMemberIsSilent() {
        let stage = Stage()
        stage.store.members[1].clientAddresses = ["unix:/nowhere/b.sock"]
        check("status-limps.txt", on: stage, ["status", "status --json"])
        stage.store.leader = 0
        check("status-leaderless.txt", on: stage, ["status", "status --json"])
    }

    @Test func misuse() {
        check(
            "misuse.txt",
            [
                "", "store", "sotre get k", "store gte k", "store lease", "store lease keep k",
                "store put", "store put k", "store put k v w", "store put k v --pervious",
                "store put k v --lease", "store put k v --lease 0", "store put '' v",
                "store put k v --timeout never", "store put k v --file f",
                "store put k v --lease 1 --keep-lease", "store put k % --base64", "store range",
                "store range b a", "store range a b --prefix", "store range a --all",
                "store range a --limit 0", "store range a --revision 0",
                "store range a --keys-only --count-only", "store compact 0 --yes",
                "store compact x", "store watch --all --limit 0", "store import --in-flight 0",
                "store import --from-line 0", "store export", "statsu", "frobnicate",
            ])
    }
}
