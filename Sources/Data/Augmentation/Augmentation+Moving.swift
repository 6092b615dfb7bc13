import GradusTensor

extension Augmentation {
    /// Left and right exchanged, in so many images of all. (Not for digits and letters.)
    public static func horizontalFlip(probability: Double = 0.5) -> Augmentation {
        checkProbability("horizontalFlip", probability)
        return Augmentation("horizontalFlip", Move(horizontalFlip: probability))
    }

    /// Top and bottom exchanged, in so many images of all.
    public static func verticalFlip(probability: Double = 0.5) -> Augmentation {
        checkProbability("verticalFlip", probability)
        return Augmentation("verticalFlip", Move(verticalFlip: probability))
    }

    /// Moved by up to so many whole pixels each way; `fill` comes in from outside. Fewer than 0 pixels are misuse.
    public static func translation(upTo pixels: Pair, fill: Double = 0) -> Augmentation {
        if pixels.vertical < 0 || pixels.horizontal < 0 {
            misuse("translation: up to \(pixels.vertical) by \(pixels.horizontal) pixels; 0 or more are wanted")
        }
        let limit = Pair(Swift.max(pixels.vertical, 0), Swift.max(pixels.horizontal, 0))
        return Augmentation("translation", Move(reach: limit, fill: fill))
    }

    /// A window of some size at a random place of the image, which is first padded on each side with `fill`. With 32 by 32 and a
    /// padding of 4 this is what is usually done to CIFAR (K. He et al., "Deep residual learning", 2016, section 4.2).
    ///
    /// A window that is larger than the padded image is misuse, and so is a negative padding.
    public static func randomCrop(to size: Pair, padding: Pair = 0, fill: Double = 0) -> Augmentation {
        if size.vertical < 1 || size.horizontal < 1 || padding.vertical < 0 || padding.horizontal < 0 {
            misuse(
                "randomCrop: to \(size.vertical) by \(size.horizontal) after a padding of \(padding.vertical) and "
                    + "\(padding.horizontal); a window has 1 pixel or more, a padding 0 or more")
        }
        return Augmentation("randomCrop", Move(window: size, padding: padding, fill: fill))
    }

    static func checkProbability(_ name: StaticString, _ probability: Double) {
        if !(probability >= 0 && probability <= 1) {
            misuse("\(name): a probability of \(probability) is outside 0 to 1")
        }
    }
}

/// Whole pixels taken from elsewhere: flips, translations, crops.
private struct Move: ImageWork {
    var horizontalFlip = 0.0
    var verticalFlip = 0.0
    /// How far the window may be from its place in the middle.
    var reach = Pair(0)
    /// The window, if its size is not the image's; it then lies anywhere in the padded image.
    var window: Pair?
    var padding = Pair(0)
    var fill = 0.0

    func size(of images: Shape, for name: StaticString) -> (height: Int, width: Int)? {
        guard let window else { return (images[2], images[3]) }
        let (height, width) = (images[2] + 2 * padding.vertical, images[3] + 2 * padding.horizontal)
        guard window.vertical <= height && window.horizontal <= width else {
            return misuse(
                "\(name): a window of \(window.vertical) by \(window.horizontal) in images of \(height) by \(width), padding "
                    + "included")
        }
        return (window.vertical, window.horizontal)
    }

    func apply<T: BinaryFloatingPoint>(
        _ source: Plane<UnsafePointer<T>>, _ result: Plane<UnsafeMutablePointer<T>>, channels: Int,
        _ random: inout Random
    ) {
        let mirrored = (
            horizontally: horizontalFlip > 0 && random.fraction() < horizontalFlip,
            vertically: verticalFlip > 0 && random.fraction() < verticalFlip
        )
        var (top, left) = (0, 0)
        if window != nil {
            top = random.whole(in: 0...source.height + 2 * padding.vertical - result.height) - padding.vertical
            left = random.whole(in: 0...source.width + 2 * padding.horizontal - result.width) - padding.horizontal
        } else {
            if reach.vertical > 0 { top = random.whole(in: -reach.vertical...reach.vertical) }
            if reach.horizontal > 0 { left = random.whole(in: -reach.horizontal...reach.horizontal) }
        }
        let fill = T(fill)
        for channel in 0..<channels {
            let plane = source.pixels + channel * source.height * source.width
            var place = result.pixels + channel * result.height * result.width
            for y in 0..<result.height {
                let row = top + (mirrored.vertically ? result.height - 1 - y : y)
                for x in 0..<result.width {
                    let column = left + (mirrored.horizontally ? result.width - 1 - x : x)
                    let isInside = row >= 0 && row < source.height && column >= 0 && column < source.width
                    place.initialize(to: isInside ? plane[row * source.width + column] : fill)
                    place += 1
                }
            }
        }
    }
}
