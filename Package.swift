// swift-tools-version: 6.2
import PackageDescription

// The examples of the catalogue, one folder each; see Examples/README.md.
let catalogue = [
    "LogicGates", "NearestNeighbours", "LinearClassifiers", "Spiral", "Babysitting", "Initialization", "DigitsZoo",
    "TransferLearning", "Autoencoders", "GAN", "CharacterModel", "Captioning", "Visualize", "Checkpoints",
    "Sequences",
]

// Modules from the ground up. Each may import those above it in this list, never one below.
let package = Package(
    name: "Gradus",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .library(name: "Gradus", targets: ["Gradus"])
    ],
    dependencies: [],
    targets: [
        .target(
            name: "CGradusKernels",
            path: "Sources/Kernels",
            cSettings: [
                // A debug build would otherwise run the kernels some forty times slower than a release build.
                .unsafeFlags(["-O2"], .when(configuration: .debug))
            ]),
        .target(name: "GradusTensor", dependencies: ["CGradusKernels"], path: "Sources/Tensor"),
        .target(name: "GradusAutograd", dependencies: ["GradusTensor"], path: "Sources/Autograd"),
        .target(
            name: "GradusData", dependencies: ["GradusAutograd"], path: "Sources/Data",
            resources: [.copy("Resources/digits.csv"), .copy("Resources/valley.txt")]),
        .target(name: "GradusNetwork", dependencies: ["GradusAutograd", "GradusData"], path: "Sources/Network"),
        .target(name: "GradusLesson", dependencies: ["GradusAutograd", "GradusNetwork"], path: "Sources/Lesson"),
        .target(
            name: "Gradus",
            dependencies: ["GradusTensor", "GradusAutograd", "GradusData", "GradusNetwork", "GradusLesson"],
            path: "Sources/Gradus"),

        .executableTarget(
            name: "Benchmarks", dependencies: ["Gradus", "GradusTensor", "CGradusKernels"], path: "Examples/Benchmarks"),
        .executableTarget(name: "Digits", dependencies: ["Gradus"], path: "Examples/Digits"),
        .executableTarget(name: "Lesson", dependencies: ["Gradus"], path: "Examples/Lesson"),
        .executableTarget(name: "GradientCheck", dependencies: ["Gradus"], path: "Examples/GradientCheck"),

        .target(
            name: "_TestSupport", dependencies: ["Gradus"], path: "Tests/_TestSupport",
            exclude: ["References/make_references.py"], resources: [.copy("References")]),
        .testTarget(name: "KernelsTests", dependencies: ["CGradusKernels"]),
        .testTarget(name: "TensorTests", dependencies: ["GradusTensor", "CGradusKernels", "_TestSupport"]),
        .testTarget(name: "AutogradTests", dependencies: ["GradusAutograd", "GradusNetwork", "_TestSupport"]),
        .testTarget(name: "DataTests", dependencies: ["GradusData", "_TestSupport"]),
        .testTarget(name: "NetworkTests", dependencies: ["GradusNetwork", "_TestSupport"]),
        .testTarget(name: "LessonTests", dependencies: ["GradusLesson", "_TestSupport"]),
        .testTarget(
            name: "ExamplesTests",
            dependencies: ["Benchmarks", "Digits", "GradientCheck", "Lesson"] + catalogue.map { .target(name: $0) }),
        .testTarget(name: "GradusTests", dependencies: ["Gradus", "_TestSupport"]),
    ],
    swiftLanguageModes: [.v6]
)
package.targets.append(.target(name: "ExampleSupport", dependencies: ["Gradus"], path: "Examples/_Support"))
package.targets += catalogue.map {
    .executableTarget(name: $0, dependencies: ["Gradus", "ExampleSupport"], path: "Examples/\($0)")
}

// Only the test targets that the environment names, where it names some: to compile them all takes minutes in release.
if let only = Context.environment["GRADUS_TEST_TARGETS"]?.split(separator: " ") {
    package.targets.removeAll { target in target.type == .test && !only.contains { $0 == target.name } }
}
