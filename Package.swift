// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors in our own targets only: a dependency's warning is not ours to fix.
let ours: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

let package = Package(
    name: "trunkline",
    products: [.executable(name: "trunkline", targets: ["Gateway"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .target(name: "Domain", swiftSettings: ours),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CLinux"),
        .target(
            name: "EventStore",
            dependencies: [
                "Domain", "CLZ4",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            cSettings: [.define("_GNU_SOURCE")],
            swiftSettings: ours
        ),
        .target(
            name: "Projections",
            dependencies: [
                "Domain", "EventStore",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            cSettings: [.define("_GNU_SOURCE")],
            swiftSettings: ours
        ),
        .executableTarget(
            name: "Gateway",
            dependencies: [
                "Domain", "EventStore", "Projections", "CLinux",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            cSettings: [.define("_GNU_SOURCE")],
            swiftSettings: ours
        ),
        .systemLibrary(name: "CFutex", path: "Benchmarks/CFutex"),
        .executableTarget(
            name: "LogBenchmark",
            dependencies: [
                "Domain", "EventStore", "CFutex",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            path: "Benchmarks/Log",
            swiftSettings: ours
        ),
        .testTarget(
            name: "DomainTests", dependencies: ["Domain", "SimulatedMachine"], swiftSettings: ours),
        .testTarget(
            name: "EventStoreTests",
            dependencies: [
                "EventStore", "Domain", "SimulatedMachine",
                .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: ours),
        .target(
            name: "SimulatedMachine", dependencies: ["Domain", "EventStore"],
            path: "Tests/SimulatedMachine", swiftSettings: ours),
        .testTarget(
            name: "Simulation", dependencies: ["Domain", "EventStore", "SimulatedMachine"],
            path: "Tests/Simulation", swiftSettings: ours),
        .testTarget(
            name: "ProjectionsTests",
            dependencies: [
                "Projections", "EventStore", "Domain",
                .product(name: "GRDB", package: "GRDB.swift"),
            ],
            swiftSettings: ours),
        .testTarget(
            name: "GatewayTests",
            dependencies: [
                "Gateway", "Domain", "EventStore", "CLinux",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ],
            swiftSettings: ours),
    ],
    swiftLanguageModes: [.v6]
)
