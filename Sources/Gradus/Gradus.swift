// One import for users: everything the modules below offer.
@_exported import GradusAutograd
@_exported import GradusData
@_exported import GradusLesson
@_exported import GradusNetwork
@_exported import GradusTensor
