/// What the verbs of etcd's tools are called here: a table in the manual, for those who come from
/// there.
enum EtcdVerbs {
    struct Row: Equatable, Sendable {
        /// As it was typed.
        var old: String
        /// As it is now, or why there is nothing to type.
        var new: String

        init(_ old: String, _ new: String) {
            self.old = old
            self.new = new
        }
    }

    struct Tool: Sendable {
        var name: String
        var rows: [Row]
    }

    static let tools = [
        Tool(
            name: "etcdctl (API version 3)",
            rows: [
                Row("get", "martlet store get, or range for several keys"),
                Row("put", "martlet store put"),
                Row("del", "martlet store delete"),
                Row("txn", "martlet store txn"),
                Row("compaction", "martlet store compact"),
                Row("watch", "martlet store watch"),
                Row("lease grant", "martlet store lease grant"),
                Row("lease revoke", "martlet store lease revoke"),
                Row("lease timetolive", "martlet store lease time-to-live"),
                Row("lease list", "martlet store lease list"),
                Row("lease keep-alive", "martlet store lease keep-alive"),
                Row("member add", "martlet store member add (always as a learner)"),
                Row("member remove", "martlet store member remove, or replace for a dead one"),
                Row("member update", "martlet store member update"),
                Row("member list", "martlet store member list"),
                Row("member promote", "martlet store member promote (or by itself)"),
                Row("endpoint health", "martlet status"),
                Row("endpoint status", "martlet status"),
                Row("endpoint hashkv", "martlet store digest"),
                Row("alarm list", "martlet store alarm list"),
                Row("alarm disarm", "martlet store alarm clear"),
                Row("defrag", "not needed: space is used again as it falls free"),
                Row("snapshot save", "martlet store backup"),
                Row("snapshot status", "martlet store verify"),
                Row("snapshot restore", "martlet store restore"),
                Row("make-mirror", "martlet store mirror"),
                Row("lock", "martlet store lock"),
                Row("elect", "martlet store elect"),
                Row("auth", "martlet store auth"),
                Row("user", "martlet store user"),
                Row("role", "martlet store role"),
                Row("move-leader", "martlet store leader move"),
                Row("downgrade", "martlet store member list tells the cluster's version"),
                Row("check perf", "martlet store check perf"),
                Row("check datascale", "martlet store check datascale"),
                Row("version", "martlet --version"),
                Row("completion", "martlet --generate-completion-script bash"),
                Row("options", "martlet store --help"),
            ]),
        Tool(
            name: "etcdutl",
            rows: [
                Row("snapshot status", "martlet store verify"),
                Row("snapshot restore", "martlet store restore"),
                Row("defrag", "not needed: space is used again as it falls free"),
                Row("hashkv", "martlet store verify, or digest of a running member"),
                Row("migrate", "not needed: members read what the version before them wrote"),
                Row("version", "martlet --version"),
                Row("completion", "martlet --generate-completion-script bash"),
            ]),
        Tool(
            name: "etcdctl (API version 2)",
            rows: [
                Row("get", "martlet store tree get"),
                Row("ls", "martlet store tree list"),
                Row("mk", "martlet store tree set --create, or --in-order"),
                Row("mkdir", "martlet store tree set --directory --create"),
                Row("rm", "martlet store tree delete"),
                Row("rmdir", "martlet store tree delete --directory"),
                Row("set", "martlet store tree set"),
                Row("setdir", "martlet store tree set --directory"),
                Row("update", "martlet store tree set --update"),
                Row("updatedir", "martlet store tree set --update"),
                Row("watch", "martlet store tree watch --limit 1"),
                Row("exec-watch", "martlet store tree watch, in a pipe"),
                Row("cluster-health", "martlet status"),
                Row("member", "martlet store member"),
                Row("user", "martlet store user"),
                Row("role", "martlet store role"),
                Row("auth", "martlet store auth"),
                Row("backup", "martlet store backup"),
                Row("import", "martlet store import"),
            ]),
        Tool(
            name: "etcd's own flags and files",
            rows: [
                Row("etcd --force-new-cluster", "martlet store force-new-cluster"),
                Row("/metrics", "martlet store metrics, and the metrics port"),
                Row("etcd-dump-logs", "martlet store verify"),
            ]),
    ]

    /// For the manual page of `martlet store`.
    static func manual(_ escape: (String) -> String) -> [String] {
        var lines = [".SH FROM ETCD"]
        for tool in tools {
            lines.append(".SS \(escape(tool.name))")
            for row in tool.rows {
                lines += [".TP", "\\fB\(escape(row.old))\\fR", escape(row.new)]
            }
        }
        return lines
    }
}
