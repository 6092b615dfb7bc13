import Foundation
import GradusTensor
import Testing
import _TestSupport

/// What is expected here NumPy 2.4 prints: `numpy.array2string(x, precision=4, separator=", ")`.
@Suite struct PrintingTests {
    @Test func asNumPyPrints() {
        let cases: [(Tensor, String)] = [
            (
                Tensor([1, 2, 3]),
                "[1., 2., 3.]"
            ),
            (
                Tensor([0.5, -1, 1.0 / 3]),
                "[ 0.5   , -1.    ,  0.3333]"
            ),
            (
                Tensor([[1, 0.5], [-20, 1.0 / 3]]),
                """
                [[  1.    ,   0.5   ],
                 [-20.    ,   0.3333]]
                """
            ),
            (
                Tensor([1e-5, 1]),
                "[1.e-05, 1.e+00]"
            ),
            (
                Tensor([123456, 1.5]),
                "[1.2346e+05, 1.5000e+00]"
            ),
            (
                Tensor([1e6, 2e6]),
                "[1.e+06, 2.e+06]"
            ),
            (
                Tensor([1e7, 2e7], as: .float64),
                "[10000000., 20000000.]"
            ),
            (
                Tensor([1e100, -2.5e100], as: .float64),
                "[ 1.0e+100, -2.5e+100]"
            ),
            (
                Tensor([.nan, 1, -.infinity]),
                "[ nan,   1., -inf]"
            ),
            (
                Tensor([Double.nan, .nan]),
                "[nan, nan]"
            ),
            (
                Tensor([.infinity, 1e-9]),
                "[   inf, 1.e-09]"
            ),
            (
                Tensor([0, -0.0]),
                "[ 0., -0.]"
            ),
            (
                Tensor([0.12345, 0.00015, 2.00005], as: .float64),
                "[1.2345e-01, 1.5000e-04, 2.0000e+00]"
            ),
            (
                Tensor([0.99999, 1.99995, 9.99996], as: .float64),
                "[ 1.    ,  1.9999, 10.    ]"
            ),
            (
                Tensor([0.00009999], as: .float64),
                "[9.999e-05]"
            ),
            (
                Tensor([[1, -100], [33, 4]], as: .int64),
                """
                [[   1, -100],
                 [  33,    4]]
                """
            ),
            (
                Tensor([true, false]),
                "[ true, false]"
            ),
            (
                Tensor(Array(stride(from: 0, to: 8, by: 1)), shape: [2, 2, 2]),
                """
                [[[0., 1.],
                  [2., 3.]],

                 [[4., 5.],
                  [6., 7.]]]
                """
            ),
            (
                Tensor([0, 1, 2, 3], shape: [2, 1, 1, 2]),
                """
                [[[[0., 1.]]],


                 [[[2., 3.]]]]
                """
            ),
            (
                Tensor.arange(0, 3.75, by: 0.125),
                """
                [0.   , 0.125, 0.25 , 0.375, 0.5  , 0.625, 0.75 , 0.875, 1.   , 1.125,
                 1.25 , 1.375, 1.5  , 1.625, 1.75 , 1.875, 2.   , 2.125, 2.25 , 2.375,
                 2.5  , 2.625, 2.75 , 2.875, 3.   , 3.125, 3.25 , 3.375, 3.5  , 3.625]
                """
            ),
            (
                Tensor.arange(1001),
                "[   0,    1,    2, ...,  998,  999, 1000]"
            ),
            (
                Tensor(Array(stride(from: 0, to: 2000, by: 1)), shape: [2, 1000]),
                """
                [[0.000e+00, 1.000e+00, 2.000e+00, ..., 9.970e+02, 9.980e+02, 9.990e+02],
                 [1.000e+03, 1.001e+03, 1.002e+03, ..., 1.997e+03, 1.998e+03, 1.999e+03]]
                """
            ),
            (
                Tensor(Array(0..<1200), shape: [40, 10, 3]),
                """
                [[[   0,    1,    2],
                  [   3,    4,    5],
                  [   6,    7,    8],
                  ...,
                  [  21,   22,   23],
                  [  24,   25,   26],
                  [  27,   28,   29]],

                 [[  30,   31,   32],
                  [  33,   34,   35],
                  [  36,   37,   38],
                  ...,
                  [  51,   52,   53],
                  [  54,   55,   56],
                  [  57,   58,   59]],

                 [[  60,   61,   62],
                  [  63,   64,   65],
                  [  66,   67,   68],
                  ...,
                  [  81,   82,   83],
                  [  84,   85,   86],
                  [  87,   88,   89]],

                 ...,

                 [[1110, 1111, 1112],
                  [1113, 1114, 1115],
                  [1116, 1117, 1118],
                  ...,
                  [1131, 1132, 1133],
                  [1134, 1135, 1136],
                  [1137, 1138, 1139]],

                 [[1140, 1141, 1142],
                  [1143, 1144, 1145],
                  [1146, 1147, 1148],
                  ...,
                  [1161, 1162, 1163],
                  [1164, 1165, 1166],
                  [1167, 1168, 1169]],

                 [[1170, 1171, 1172],
                  [1173, 1174, 1175],
                  [1176, 1177, 1178],
                  ...,
                  [1191, 1192, 1193],
                  [1194, 1195, 1196],
                  [1197, 1198, 1199]]]
                """
            ),
            (
                Tensor.zeros([0, 3]),
                "[]"
            ),
            (
                Tensor(0.69314718),
                "0.6931472"
            ),
            (
                Tensor(1.0 / 3, as: .float64),
                "0.3333333333333333"
            ),
            (
                Tensor(1, as: .bool),
                "true"
            ),
            (
                Tensor(-7, as: .int64),
                "-7"
            ),
            (
                Tensor(2),
                "2.0"
            ),
        ]
        for (tensor, text) in cases { #expect(tensor.description == text) }
    }

    @Test func longRowsAreBrokenBelowTheirBrackets() {
        let row = Tensor.arange(0, 2.6, by: 0.0999, as: .float64)
        #expect(
            Tensor([row.array(of: Double.self)], as: .float64).description
                == """
                [[0.    , 0.0999, 0.1998, 0.2997, 0.3996, 0.4995, 0.5994, 0.6993, 0.7992,
                  0.8991, 0.999 , 1.0989, 1.1988, 1.2987, 1.3986, 1.4985, 1.5984, 1.6983,
                  1.7982, 1.8981, 1.998 , 2.0979, 2.1978, 2.2977, 2.3976, 2.4975, 2.5974]]
                """)
    }

    @Test func decimalsAreUpToTheCaller() {
        let x = Tensor([0.123456789, 2], as: .float64)
        #expect(x.description(precision: 8) == "[0.12345679, 2.        ]")
        #expect(x.description(precision: 2) == "[0.12, 2.  ]")
        #expect(x.description(precision: 0) == "[0., 2.]")
        #expect(
            misuseMessage { x.description(precision: -1) } == "description: a precision of -1; 0 decimals is the least")
    }

    @Test func tiesAreDecidedByTheExactNumber() {
        // As doubles 0.15 is a little less than it looks, 0.35 too, 0.45 a little more, and 0.25 is exact.
        #expect(
            Tensor([0.15, 0.25, 0.35, 0.45], as: .float64).description(precision: 1) == "[0.1, 0.2, 0.3, 0.5]")
    }

    @Test func debuggersSeeShapeAndType() {
        #expect(Tensor([[0.1234567]]).debugDescription == "Tensor [1, 1] float32\n[[0.1234567]]")
    }

    @Test func manyElementsArePrintedQuickly() {
        // By this thread's own clock: how many others run beside it is no matter.
        func seconds() -> Double {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }
        let large = Tensor.zeros([1000, 1000])
        let start = seconds()
        #expect(large.description.utf8.count < 1000)
        #expect(seconds() - start < 5)
    }
}
