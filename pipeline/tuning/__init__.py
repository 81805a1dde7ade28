"""What is fitted on a whole pipeline: confidence and hard negatives."""
