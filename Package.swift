// swift-tools-version: 6.2
import PackageDescription

/// What every room is compiled with.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// Tests may be frank about pointers.
let testSettings: [SwiftSetting] = [
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
    .treatAllWarnings(as: .error),
]

func room(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: imports, swiftSettings: settings)
}

func program(_ name: String, _ imports: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: imports, swiftSettings: settings)
}

func tests(_ name: String, _ imports: [Target.Dependency], resources: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: imports, exclude: resources, swiftSettings: testSettings)
}

let package = Package(
    name: "martlet",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // Floor 0: C behind one door each.
        .systemLibrary(name: "CUV", pkgConfig: "libuv", providers: [.apt(["libuv1-dev"])]),
        .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
        .systemLibrary(name: "CTLS", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .target(name: "CChecksum"),
        .target(name: "CProtobuf", linkerSettings: [.linkedLibrary("protobuf-c")]),
        // Floor 1: words.
        room("Units", ["CChecksum"]),
        room("Wire", ["CProtobuf", "Units"]),
        // Floor 2: cores.
        room("Raft", ["Units"]),
        room("MVCC", ["Units"]),
        room("Journal", ["Units"]),
        // Floor 3: the node.
        room("Store", ["Raft", "MVCC", "Journal", "Wire", "Units"]),
        // Floor 4: IO.
        room("EventLoop", ["CUV", "Units"]),
        room("TLS", ["CTLS", "Units"]),
        room("RPC", ["EventLoop", "TLS", "Wire", "Units"]),
        room("Client", ["RPC", "EventLoop", "TLS", "Wire", "Units"]),
        room("Daemon", ["EventLoop", "Units"]),
        room("Disk", ["Journal", "MVCC", "CLMDB", "Units"]),
        // Floor 5: programs.
        room(
            "Command",
            [
                "Client", "EventLoop", "TLS", "Wire", "Units",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        program("martlet", ["Command"]),
        program(
            "martlet-store",
            [
                "Store", "Raft", "MVCC", "Journal", "Disk", "RPC", "EventLoop", "Daemon", "TLS",
                "Wire",
                "Units", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        // Floor 6: proof.
        program(
            "martlet-load",
            [
                "RPC", "EventLoop", "TLS", "Wire", "Units",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        room("Simulation", ["Store", "Raft", "MVCC", "Journal", "Wire", "Units"]),
        program(
            "martlet-simulate",
            [
                "Simulation", "Units",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]
        ),
        // Tests.
        tests("UnitsTests", ["Units"]),
        tests("WireTests", ["Wire", "CProtobuf", "Units"]),
        tests("RaftTests", ["Raft", "Units"], resources: ["Transcripts"]),
        tests("MVCCTests", ["MVCC", "Units"]),
        tests("JournalTests", ["Journal", "Units"]),
        tests("DiskTests", ["Disk", "Journal", "MVCC", "Units"]),
        tests("EventLoopTests", ["EventLoop", "Units"]),
        tests("TLSTests", ["TLS", "Units"]),
        tests("RPCTests", ["RPC", "EventLoop", "TLS", "Wire", "Units"]),
        tests("ClientTests", ["Client", "RPC", "EventLoop", "Wire", "Units"]),
        tests(
            "CommandTests",
            [
                "Command", "Client", "RPC", "EventLoop", "TLS", "Wire", "Units",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            resources: ["Golden"]),
        tests("DaemonTests", ["Daemon", "EventLoop", "Units"]),
        tests("StoreTests", ["Store", "Raft", "MVCC", "Journal", "Wire", "Units"]),
        tests(
            "SimulationTests", ["Simulation", "Store", "Raft", "MVCC", "Journal", "Wire", "Units"]),
        tests("HouseTests", []),
    ],
    swiftLanguageModes: [.v6]
)
