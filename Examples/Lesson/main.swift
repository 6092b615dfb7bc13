import Gradus
for name in CommandLine.arguments.dropFirst() {
    print(WorkedExample[name]?.recorded().text() ?? "none")
}
