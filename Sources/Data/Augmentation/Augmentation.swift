import GradusAutograd
import GradusTensor

/// A random change of training examples that leaves what they show: more data for nothing.
///
///     let batches = training.batches(of: 64, shuffledBy: &random)
///         .augmented(by: .horizontalFlip(), .translation(upTo: 2), using: &random)
///
/// Each image of a batch is changed by numbers of its own. Inputs are `[n, channels, height, width]` of floating point; others
/// are misuse. Where it is made, wrong settings are misuse.
public struct Augmentation: Sendable {
    private let change: @Sendable (Batch, inout Random) -> Batch

    /// An augmentation of one's own. It draws from the generator it is given and from no other, so that a seed repeats it.
    public init(_ change: @escaping @Sendable (_ batch: Batch, _ random: inout Random) -> Batch) {
        self.change = change
    }

    /// A batch, changed.
    public func callAsFunction(_ batch: Batch, using random: inout Random) -> Batch { change(batch, &random) }

    /// Images, changed, whose labels nobody asks for: to look at.
    public func callAsFunction(_ images: Tensor, using random: inout Random) -> Tensor {
        guard images.rank > 0 else { return misuse("Augmentation: images of shape []; [n, …] are wanted") }
        let labels = Tensor.zeros([images.shape[0]], as: .int64)
        return change(Batch(inputs: .constant(images), labels: labels), &random).inputs.value
    }
}

extension Batches {
    /// The same batches with their examples changed at random, by one augmentation after the other. A seed gives the same
    /// changes; the batches of the next epoch, asked for anew, get others.
    public func augmented(
        by augmentations: Augmentation..., using generator: inout some RandomNumberGenerator
    ) -> Batches {
        map(using: &generator) { batch, random in
            var batch = batch
            for augmentation in augmentations { batch = augmentation(batch, using: &random) }
            return batch
        }
    }
}

extension Augmentation {
    /// An augmentation of the images alone, that works on the elements of either type.
    init(_ name: StaticString, _ work: some ImageWork) {
        change = { batch, random in
            let images = batch.inputs.value
            guard images.rank == 4 && images.elementType.isFloatingPoint else {
                return misuse(
                    "\(name): \(images.elementType) of shape \(images.shape); images [n, channels, height, width] of "
                        + "floating point are wanted", inert: batch)
            }
            guard let size = work.size(of: images.shape, for: name) else { return batch }
            let changed =
                images.elementType == .float32
                ? work.run(on: images, as: Float.self, to: size, &random)
                : work.run(on: images, as: Double.self, to: size, &random)
            return Batch(inputs: .constant(changed), labels: batch.labels)
        }
    }
}

/// The plane of one channel, to read or to write.
struct Plane<Pointer> {
    let pixels: Pointer
    let height: Int
    let width: Int
}

/// What is done to one image after the other.
protocol ImageWork: Sendable {
    /// Height and width of the results; nil after misuse.
    func size(of images: Shape, for name: StaticString) -> (height: Int, width: Int)?

    /// Draws what is to be done to one image, does it to every channel, or to all of them together.
    func apply<T: BinaryFloatingPoint>(
        _ source: Plane<UnsafePointer<T>>, _ result: Plane<UnsafeMutablePointer<T>>, channels: Int,
        _ random: inout Random)
}

extension ImageWork {
    func size(of images: Shape, for name: StaticString) -> (height: Int, width: Int)? { (images[2], images[3]) }

    fileprivate func run<T: TensorElement & BinaryFloatingPoint>(
        on images: Tensor, as type: T.Type, to size: (height: Int, width: Int), _ random: inout Random
    ) -> Tensor {
        let (count, channels) = (images.shape[0], images.shape[1])
        let (height, width) = (images.shape[2], images.shape[3])
        return Tensor.make([count, channels, size.height, size.width], images.elementType) { out in
            let out = out.assumingMemoryBound(to: T.self)
            images.withPointer { source in
                let source = source.assumingMemoryBound(to: T.self)
                for image in 0..<count {
                    apply(
                        Plane(pixels: source + image * channels * height * width, height: height, width: width),
                        Plane(
                            pixels: out + image * channels * size.height * size.width, height: size.height,
                            width: size.width),
                        channels: channels, &random)
                }
            }
        }
    }
}

extension Random {
    /// A number from 0 to below 1.
    mutating func fraction() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number of a range, spread evenly.
    mutating func number(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + fraction() * (range.upperBound - range.lowerBound)
    }

    /// A whole number of a range.
    mutating func whole(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(draw(below: UInt64(range.count)))
    }
}
