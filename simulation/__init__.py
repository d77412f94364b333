"""Days of a sample company with faults injected: does the pipeline get by without hands?"""
